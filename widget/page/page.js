/** The page around the chat: shows the line to copy with this server's own address. */
const line = `<script type="module" src="${location.origin}/widget/backstride.js"></script>`;
const code = /** @type {HTMLElement} */ (document.getElementById('embed'));
const copied = /** @type {HTMLElement} */ (document.getElementById('copied'));
const copy = /** @type {HTMLButtonElement} */ (document.getElementById('copy'));
code.textContent = line;
// A page without https may not copy.
copy.hidden = !navigator.clipboard;
copy.addEventListener('click', async () => {
  await navigator.clipboard.writeText(line);
  copied.textContent = 'Copied';
});
