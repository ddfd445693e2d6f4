/** Draws messages: text, cards, quick replies, the pain scale, thumbs. */
import { fill, h, icon, iconButton, inline, markdown } from './dom.js';
import { paper } from './styles.js';

// "2. A warm compress: Wrapped warmth on the sore place"
const LISTED = /^\d{1,2}\. ([^:]+): (.+)$/;
// Not the property: older browsers have none.
const PRESSED = '[aria-pressed=true]';
const DIALABLE = /^\+?[0-9][0-9 ()-]{1,20}$/;

/**
 * What a list says of the choices below it is told on each choice, instead of twice.
 * @param {Message} message @returns {{text: string, told: Map<string, string>}} the text without the list
 */
export function split({ text, buttons = [] }) {
  const titles = buttons.map((button) => button.title);
  /** @type {Map<string, string>} */
  const told = new Map();
  const rest = text.split('\n').filter((line) => {
    const [, title, words] = LISTED.exec(line) ?? [];
    const isChoice = titles.includes(title) && Number.parseInt(line, 10) === told.size + 1;
    if (isChoice) told.set(title, words);
    return !isChoice;
  });
  // A list that offers more than the choices stays whole.
  return rest.some((line) => LISTED.test(line)) ? { text, told: new Map() } : { text: rest.join('\n').replace(/\n{3,}/g, '\n\n'), told };
}

/** @type {Draw} */
const quickReplies = (node, message, host) => {
  const { texts, server } = host;
  const { told } = split(message);
  // The slider gives those answers, and finer.
  const given = (message.buttons ?? []).filter((button) => message.ask !== 'pain' || button.does !== 'answer');
  // One picture among plain buttons would only make them uneven.
  const isPictured = given.filter((button) => button.picture).length > 1;
  let isLive = true;
  /** @param {string} title @param {() => void} act @param {Props} [more] */
  const press = (title, act, more) => h('button', { onclick: () => isLive && act(), ...more }, title);
  const made = given.map((button) => {
    const isOneOfSeveral = message.several && button.does === 'answer';
    const element = press(button.title, () => (isOneOfSeveral ? toggle(element) : host.say(button.title, button.id)), { 'aria-pressed': isOneOfSeveral && 'false' });
    const state = h('span', { class: 'unseen' });
    element.append(state);
    return { button, element, state, isOneOfSeveral };
  });
  const several = made.filter((each) => each.isOneOfSeveral);
  /** @param {HTMLElement} element */
  function toggle(element) {
    element.setAttribute('aria-pressed', String(!element.matches(PRESSED)));
    send.setAttribute('aria-disabled', String(!picked().length));
  }
  const picked = () => several.filter(({ element }) => element.matches(PRESSED)).map(({ button }) => button.title);
  const send = press(texts.sendChoices, () => picked().length && host.say(picked().join(', ')), { class: 'main', 'aria-disabled': 'true' });

  const rows = made.filter(({ button }) => told.has(button.title) || (isPictured && button.picture));
  const rest = made.filter((each) => !rows.includes(each));
  if (rows.length) {
    node.append(h('ol', { class: 'rows' }, ...rows.map(({ button, element }) =>
      h('li', {}, isPictured && button.picture && picture(button.picture, server, ''), h('span', {}, element, h('small', {}, told.get(button.title)))))));
  }
  if (rest.length) node.append(h('div', { class: 'replies' }, ...rest.filter((each) => each.isOneOfSeveral).map((each) => each.element),
    several.length > 0 && send, ...rest.filter((each) => !each.isOneOfSeveral).map((each) => each.element)));
  return (now, place) => {
    isLive = place.isLive;
    send.setAttribute('aria-disabled', String(!isLive || !picked().length));
    for (const { button, element, state } of made) {
      const isChosen = now.chosen === button.id;
      // Not the attribute "disabled": it would throw the focus away.
      element.setAttribute('aria-disabled', String(!isLive));
      element.classList.toggle('chosen', isChosen);
      state.textContent = isChosen ? ` (${texts.chosen})` : '';
    }
  };
};

/** @type {Draw} */
const sessionStep = (body, message, host) => {
  const card = /** @type {Card} */ (message.exercise);
  const start = startButton(host, card, message);
  body.append(h('div', { class: 'card' }, !message.session?.part && card.picture && picture(card.picture, host.server), h('div', {}, markdown(message.text)), start));
  return (_, place) => start.setAttribute('aria-disabled', String(!place.isLive || host.conversation.isHeld));
};

/** @param {string} text @param {{title: string, lines: string[]}[]} plan @param {'h2' | 'h4'} tag */
function planParts(text, plan, tag) {
  return [h('div', {}, markdown(text.split('\n\n')[0])),
    ...plan.map(({ title, lines }) => h('section', {}, h(tag, {}, title), h('ul', {}, ...lines.map((line) => h('li', {}, inline(line))))))];
}

/** @param {HTMLElement} node @param {HTMLElement} line @param {Message} message @param {Host} host @returns {View['update']} */
function tools(node, line, message, host) {
  const { texts } = host;
  const up = iconButton('good', texts.helpful, { class: 'tool', onclick: () => vote('up') });
  const down = iconButton('good', texts.notHelpful, { class: 'tool down', onclick: () => vote('down') });
  // A page without https may not copy.
  const copy = navigator.clipboard && iconButton('copy', texts.copy, { class: 'tool', onclick: async () => {
    await navigator.clipboard.writeText(message.text);
    host.announce(texts.copied);
    copy.classList.add('done');
    setTimeout(() => copy.classList.remove('done'), 1500);
  } });
  const print = Boolean(message.card ?? message.plan ?? message.copy)
    && iconButton('print', texts.print, { class: 'tool', onclick: () => printMessage(node, message, host) });
  const row = h('div', { class: 'tools' }, up, down, copy, print);
  line.append(row);

  /** @type {Message} */
  let shown = message;
  /** @type {HTMLFormElement | null} */
  let form = null;
  /** @param {'up' | 'down'} value */
  async function vote(value) {
    const next = shown.feedback === value ? null : value;
    form?.remove();
    if (!(await host.judge(message.id, next))) return;
    if (next) host.announce(texts.thanks);
    if (next === 'down') askWhy();
  }
  function askWhy() {
    const words = h('input', { type: 'text', maxlength: '500', 'aria-label': texts.whatWrong, placeholder: texts.whatWrong });
    form = h('form', { class: 'why', onsubmit: async (event) => {
      event.preventDefault();
      if (!(await host.judge(message.id, 'down', words.value.trim()))) return;
      const thanks = h('p', { class: 'hint', tabindex: '-1' }, texts.thanks);
      form?.replaceWith(thanks);
      form = null;
      thanks.focus();
    } }, words, h('button', { type: 'submit' }, texts.sendFeedback));
    line.after(form);
    // Whoever went on meanwhile is not called back.
    if (down.matches(':focus')) words.focus();
  }
  return (now) => {
    shown = now;
    up.setAttribute('aria-pressed', String(now.feedback === 'up'));
    down.setAttribute('aria-pressed', String(now.feedback === 'down'));
  };
}

/** @param {HTMLElement} node @param {HTMLElement} line @param {Message} message @param {Host} host @returns {View['update']} */
function footer(node, line, message, host) {
  const { texts } = host;
  const when = new Date(message.at * 1000);
  const isToday = when.toDateString() === new Date().toDateString();
  const time = h('time', { datetime: when.toISOString() },
    when.toLocaleString([], { dateStyle: isToday ? undefined : 'medium', timeStyle: 'short' }));
  const words = h('p', {}, time);
  line.prepend(words);
  return (now, place) => {
    line.hidden = !place.endsRun && !now.state;
    node.classList.toggle('sending', now.state === 'sending');
    if (now.state === 'failed') {
      const reason = texts.errors[now.problem ?? ''];
      words.replaceChildren(reason ?? `${texts.notSent} `);
      if (!reason) words.append(h('button', { class: 'link', onclick: () => host.conversation.retry(message.id) }, texts.tryAgain));
    } else if (now.state === 'sending') words.replaceChildren(navigator.onLine ? texts.sending : texts.waitingToSend);
    else words.replaceChildren(time);
  };
}

/** @type {Draw} */
const painScale = (node, _, host) => {
  const { texts } = host;
  const slider = h('input', { type: 'range', min: '0', max: '10', step: '1', value: '5', 'aria-label': texts.painQuestion, 'aria-valuetext': texts.painMove });
  const shown = h('p', { class: 'told', tabindex: '-1' }, texts.painMove);
  const send = h('button', { type: 'submit' }, fill(texts.painSend, { n: '…' }));
  const marks = h('div', { class: 'marks', 'aria-hidden': 'true' }, ...texts.painWords.map((_, n) => h('span', {}, String(n))));
  const ends = h('div', { class: 'ends', 'aria-hidden': 'true' }, h('span', {}, texts.painWords[0]), h('span', {}, texts.painWords[10]));
  let isTouched = false;
  let isLive = true;
  const touch = () => {
    isTouched = true;
    const words = `${slider.value} · ${texts.painWords[slider.valueAsNumber]}`;
    shown.textContent = words;
    slider.setAttribute('aria-valuetext', words);
    send.textContent = fill(texts.painSend, { n: slider.value });
    show();
  };
  // Where it stands already is an answer too, if somebody says so.
  slider.addEventListener('input', touch);
  slider.addEventListener('pointerup', touch);
  slider.addEventListener('keyup', ({ key }) => key === ' ' && touch());
  const form = h('form', { class: 'pain', onsubmit: (event) => {
    event.preventDefault();
    if (!isTouched || !isLive) return;
    shown.focus();
    host.say(fill(texts.painSay, { n: slider.value }));
  } }, shown, slider, marks, ends, send);
  node.append(form);
  function show() {
    form.hidden = !isLive && !isTouched;
    form.classList.toggle('touched', isTouched);
    send.setAttribute('aria-disabled', String(!isTouched));
    for (const each of [slider, marks, ends, send]) each.hidden = !isLive;
  }
  return (_, place) => {
    isLive = place.isLive;
    show();
  };
};

/** Links that dial. Where space is short: one of each label, and many countries only where a call comes first. @param {Message} message @param {Texts} texts */
export function calls(message, texts, isShort = false) {
  const numbers = (message.numbers ?? []).filter(({ number, label }, index, all) =>
    DIALABLE.test(String(number)) && !(isShort && all.slice(0, index).some((before) => before.label === label)));
  const isTooMuch = isShort && numbers.length > 3 && message.urgency !== 'emergency_now';
  return isTooMuch || !numbers.length ? [] : [h('div', { class: 'calls' }, ...numbers.map(({ number, label }) =>
    h('a', { href: `tel:${number.replace(/[^+0-9]/g, '')}`, 'aria-label': fill(texts.callLabel, { number, label }) },
      icon('phone'), h('span', {}, h('b', {}, fill(texts.call, { number })), h('small', {}, label)))))];
}

/** @param {Picture} given @param {string} server @param {string} [alt] */
function picture(given, server, alt = given.alt) {
  return h('img', { src: server + given.src, alt, width: '320', height: '240', loading: 'lazy', decoding: 'async' });
}

/** @param {Host} host @param {Card} card @param {Message} [message] of a stretch session */
function startButton(host, card, message) {
  const start = h('button', { class: 'start', onclick: () => start.matches('[aria-disabled=true]') || host.play(card, start, message) },
    icon('play'), host.texts.startExercise);
  return start;
}

/** @param {HTMLElement} body @param {Card} card @param {Host} host @returns {View['update']} */
function drawCard(body, card, host) {
  const { texts, server } = host;
  /** @param {string} title @param {...(Node | string | false | undefined)} content */
  const fold = (title, ...content) => h('details', {}, h('summary', {}, title), ...content);
  const start = startButton(host, card);
  body.append(h(
    'article',
    { class: 'card', 'aria-label': card.title },
    card.picture && picture(card.picture, server),
    h('h3', {}, card.title),
    h('div', {}, markdown(card.answer)),
    card.steps && h('h4', {}, texts.steps),
    card.steps && h('ol', { class: 'steps' }, ...card.steps.map((step) => h('li', {}, inline(step.text), ...doses(step, texts)))),
    card.dose && h('p', {}, h('b', {}, `${texts.howMuch}: `), inline(card.dose)),
    card.easier && h('p', {}, h('b', {}, `${texts.easier}: `), inline(card.easier)),
    card.cautions && h('div', { class: 'careful' }, h('h4', {}, icon('warn'), texts.careful),
      h('ul', {}, ...card.cautions.map((caution) => h('li', {}, inline(caution))))),
    card.not_for && fold(texts.notFor, h('ul', {}, ...card.not_for.map((each) => h('li', {}, fill(texts.notForLine, each))))),
    card.group === 'exercise' && start,
    fold(texts.why, h('p', {}, inline(card.why)), card.detail && h('p', {}, inline(card.detail))),
    fold(
      texts.evidence,
      h('p', {}, h('b', {}, `${texts.strength[card.evidence.strength] ?? ''}. `), inline(card.evidence.says)),
      card.correction && h('p', {}, h('b', {}, `${texts.correction} `), inline(card.correction)),
      h('ul', { class: 'sources' }, ...card.sources.map((source) => h('li', {}, inline([source.body, source.year, source.what].filter(Boolean).join(', '))))),
      h('p', { class: 'hint' }, `${fill(texts.checked, card.checked)} ${card.checked.clinician ? fill(texts.clinician, { name: card.checked.clinician }) : texts.noClinician}`),
    ),
  ));
  // No exercise beside a warning sign, or while one is being asked about.
  return () => start.setAttribute('aria-disabled', String(host.conversation.isHeld));
}

/** @param {Step} step @param {Texts} texts */
function doses(step, texts) {
  return [
    step.hold_seconds && fill(texts.hold, { n: step.hold_seconds }),
    step.repetitions && fill(texts.times, { n: step.repetitions }),
    step.each_side && texts.eachSide,
  ].filter(Boolean).map((dose) => h('span', { class: 'dose' }, ` ${dose}`));
}

/** Print one message alone. @param {HTMLElement} node @param {Message} message @param {Host} host */
function printMessage(node, { card, plan, text, at }, { texts, server }) {
  const frame = h('iframe', { class: 'unseen', title: 'print', onload: async () => {
    const view = /** @type {Window & typeof globalThis} */ (frame.contentWindow);
    const { body, images } = view.document;
    // A strict policy refuses a style element here as well.
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(paper);
    view.document.adoptedStyleSheets = [sheet];
    const title = card?.title ?? (plan && texts.plan);
    view.document.title = title ?? texts.name;
    body.append(h('p', {}, `${texts.name} · ${new Date(at * 1000).toLocaleDateString([], { dateStyle: 'long' })}`));
    if (title) body.append(h('h1', {}, title));
    if (card?.picture) body.append(picture(card.picture, server));
    if (plan) body.append(...planParts(text, plan, 'h2'));
    else body.append(markdown(text));
    body.append(h('p', {}, texts.printed));
    view.addEventListener('afterprint', () => frame.remove());
    await Promise.allSettled([...images].map((image) => image.decode()));
    view.print();
  } });
  node.append(frame);
}

/** @param {Message} message @param {Texts} texts */
export function heading(message, texts) {
  return h('p', { class: 'heading' }, icon('warn'), message.heading ?? texts.urgency[message.urgency ?? '']);
}

/** @param {Message} message @param {Host} host @returns {View} */
export function messageView(message, host) {
  const { texts } = host;
  const isBot = message.from === 'bot';
  const body = h('div', { class: 'body' });
  const said = h('span', { class: 'unseen' }, isBot ? texts.bot : texts.you);
  const node = h('div', { class: `message ${message.from}`, 'data-id': message.id, lang: isBot && texts.assistant }, said, body);
  /** @type {View['update'][]} */
  const parts = [];
  if (!isBot) body.append(message.text);
  else if (message.card) parts.push(drawCard(body, message.card, host));
  else if (message.exercise) parts.push(sessionStep(body, message, host));
  else if (message.plan) body.append(h('article', { class: 'card', 'aria-label': texts.plan }, h('h3', {}, icon('plan'), texts.plan), ...planParts(message.text, message.plan, 'h4')));
  else if (message.urgency) {
    const words = h('div', {}, markdown(message.text.replaceAll('\n', '\n\n')));
    const from = message.sources && h('p', { class: 'hint' }, fill(texts.source, { sources: message.sources.join('; ') }));
    body.append(h('div', { class: 'referral', 'data-urgency': message.urgency }, heading(message, texts), words, ...calls(message, texts), from || ''));
  }
  else body.append(markdown(split(message).text));
  if (message.chart) body.append(picture(message.chart, host.server));
  if (message.file) body.append(h('p', {}, h('a', { href: host.server + message.file.src, download: '' }, message.file.title)));
  if (message.after) node.append(h('div', { class: 'body' }, markdown(message.after)));
  if (isBot && message.ask === 'pain') parts.push(painScale(body, message, host));
  if (message.buttons) parts.push(quickReplies(node, message, host));
  const line = h('div', { class: 'footer' });
  node.append(line);
  if (isBot) parts.push(tools(node, line, message, host));
  parts.push(footer(node, line, message, host));

  return { node, update: (now, place) => parts.forEach((part) => part(now, place)) };
}
