// Corrections are kept on the server as they are made, so that closing the page loses nothing.
import { send, toast } from '/static/studio.js';

for (const form of document.querySelectorAll('[data-correction]')) {
  // The form has a field named `action`, which hides the property.
  const address = form.getAttribute('action');
  const state = form.querySelector('[data-state]');
  const found = form.querySelector('[data-findings]');
  const fresh = form.querySelector('[data-new-intent]');
  let timer, saving = Promise.resolve(), checked = 0;

  const save = async () => {
    const response = await send(address, new URLSearchParams(new FormData(form))).catch(() => null);
    if (!response || response.redirected) { state.textContent = 'Not kept: the studio does not answer. It is tried again.'; schedule(3000); return; }
    if (response.status === 409) {
      const { conflict } = await response.json();
      const again = document.createElement('a');
      again.href = location.href;
      again.textContent = 'Load it again';
      again.addEventListener('click', (event) => { event.preventDefault(); location.reload(); });
      state.replaceChildren(`Somebody else has corrected this meanwhile: ${conflict}. Your change is not kept. `, again);
      form.dataset.conflict = '1';
      toast('Not kept: somebody else has corrected this message meanwhile.');
      return;
    }
    if (!response.ok) { state.textContent = await response.text(); return; }
    const { base, told } = await response.json();
    form.elements.base.value = base;
    form.querySelector('[data-write]').href = `/changes?only=${base}`;
    state.textContent = `Kept: ${told}`;
  };
  const check = async () => {
    const mine = ++checked;
    const response = await send(form.dataset.correction, new URLSearchParams(new FormData(form))).catch(() => null);
    if (!response?.ok || response.redirected || mine !== checked) return;
    const part = new DOMParser().parseFromString(await response.text(), 'text/html').body.firstElementChild;
    if (part) found.replaceChildren(part);
  };
  const flush = () => { clearTimeout(timer); timer = undefined; saving = saving.then(save).then(check); return saving; };
  function schedule(wait) { clearTimeout(timer); timer = setTimeout(flush, wait); }

  form.addEventListener('input', (event) => {
    if (form.dataset.conflict) return;
    if (event.target.name?.startsWith('mark_')) {
      form.elements.entities.checked = true;
      addRow();
    }
    if (event.target.name === 'intent') fresh.hidden = event.target.value !== '+';
    state.textContent = 'Keeping …';
    schedule(event.target.matches('textarea, input:not([type=checkbox])') ? 500 : 0);
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await flush();
  });
  form.querySelector('[data-write]').addEventListener('click', async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await flush();
    if (!form.dataset.conflict) location.assign(form.querySelector('[data-write]').href);
  });
  addEventListener('pagehide', () => {
    if (timer) navigator.sendBeacon(address, new URLSearchParams(new FormData(form)));
  });

  const marks = form.querySelector('.marks');
  const empty = marks.lastElementChild.cloneNode(true);
  function addRow() {
    const last = marks.lastElementChild;
    if (last.querySelector('[name=mark_words]').value) marks.append(empty.cloneNode(true));
  }
  const take = form.querySelector('[data-mark]');
  take.hidden = false;
  take.addEventListener('click', () => {
    const text = form.elements.text;
    const words = text.value.slice(text.selectionStart, text.selectionEnd).trim();
    if (!words) { toast('Select some words in the wording first.'); text.focus(); return; }
    addRow();
    const row = marks.lastElementChild;
    row.querySelector('[name=mark_words]').value = words;
    form.elements.entities.checked = true;
    row.querySelector('select').focus();
    addRow();
    form.dispatchEvent(new Event('input', { bubbles: true }));
  });
  if (form.closest('details[open]')) check();
  form.closest('details.correct')?.addEventListener('toggle', (event) => event.target.open && check(), { once: true });
}

// The address names a message: its correction is open.
const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (named) { const fold = named.querySelector('details.correct'); if (fold) fold.open = true; named.scrollIntoView(); }
