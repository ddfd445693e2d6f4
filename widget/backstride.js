/**
 * <back-stride>: the assistant on any page.
 *
 *     <script type="module" src="https://your.server/widget/backstride.js"></script>
 *
 * puts it in the corner of the page. For more, write the element yourself:
 *
 *     <back-stride server="https://your.server" open theme="dark" lang="en"></back-stride>
 *     <back-stride inline></back-stride>
 */
import { Conversation, PRESSING } from './conversation.js';
import { fill, h, icon, iconButton, keep, markdown, recall } from './dom.js';
import { calls, heading, messageView, split } from './messages.js';
import { styles } from './styles.js';
import english from './texts.en.js';

const NAME = 'back-stride';
const SMALL = '(max-width: 520px), (max-height: 520px)';
// Somebody this close to the end reads along; somebody further up reads something else.
const NEAR_END_PX = 120;

/** Header, pinned card, messages, composer, and what opens and closes them. */
export class Panel {
  /** @param {HTMLElement} element @param {Texts} t @param {string} server */
  constructor(element, t, server) {
    this.element = element;
    this.texts = t;
    this.server = server;
    this.isInline = element.hasAttribute('inline');
    this.conversation = new Conversation(server, this);
    this.small = matchMedia(SMALL);
    this.unread = 0;
    this.scrolledTo = 0;
    this.isFollowing = true;
    this.playsOn = false;
    /** @type {Map<string, View>} */
    this.views = new Map();
    /** @type {import('./player.js').Player | undefined} */
    this.player = undefined;

    this.badge = h('span', { class: 'badge', hidden: true });
    this.launcher = h('button', { class: 'launcher', 'aria-haspopup': 'dialog', onclick: () => this.show() },
      icon('chat'), h('span', {}, t.launcher), h('span', { class: 'unseen' }, `. ${t.openChat}`), this.badge);
    this.menuButton = iconButton('more', t.menu, { 'aria-expanded': 'false', 'aria-controls': 'menu', onclick: () => this.toggleMenu() });
    this.menu = h('div', { class: 'menu', id: 'menu', hidden: true },
      h('button', { onclick: () => this.beginAnew() }, t.newChat),
      h('button', { onclick: () => this.download() }, t.download),
      h('button', { onclick: () => this.forget() }, t.forget));
    this.pin = h('div', { class: 'pin', role: 'region', 'aria-label': t.pinned, hidden: true });
    this.earlier = h('button', { class: 'earlier', hidden: true, onclick: () => this.loadEarlier() }, t.earlier);
    this.starters = h('div', { class: 'replies' }, ...t.starters.map((text) => h('button', { onclick: () => {
      this.say(text);
      this.takeFocus();
    } }, text)));
    this.welcome = h('div', { class: 'message bot welcome' }, h('div', { class: 'body' }, markdown(t.welcome)),
      h('div', { class: 'body urgent' }, icon('warn'), h('div', {}, markdown(t.welcomeUrgent))), this.starters);
    this.typing = h('div', { class: 'message bot', hidden: true }, h('span', { class: 'unseen' }, t.typing),
      h('div', { class: 'dots' }, h('i'), h('i'), h('i')));
    this.jump = h('button', { class: 'jump', hidden: true, onclick: () => this.toEnd() }, icon('down'), t.jump);
    this.list = h('div', { class: 'list' }, this.earlier, this.welcome, this.typing, this.jump);
    this.log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': t.messages, tabindex: '0',
      onscroll: () => this.onScroll() }, this.list);
    this.status = h('p', { class: 'status', role: 'status' });
    this.left = h('span', { class: 'left', 'aria-hidden': 'true' });
    this.leftTold = '';
    this.input = h('textarea', { rows: '1', 'aria-label': t.write, placeholder: t.placeholder, enterkeyhint: 'send', autocomplete: 'off',
      oninput: () => this.onInput(), onkeydown: (event) => {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.submit(event);
      } });
    this.chat = h('div', { class: 'chat' },
      h('div', { class: 'head' }, h('span', { class: 'mark' }, icon('runner')), h('h2', { id: 'title' }, t.name, h('small', {}, t.tagline)), this.menuButton,
        !this.isInline && iconButton('close', t.closeChat, { onclick: () => this.hide() }), this.menu),
      this.pin, this.log, this.status,
      h('form', { class: 'composer', onsubmit: (event) => this.submit(event) },
        this.input, iconButton('send', t.send, { class: 'icon send', type: 'submit' }), this.left));
    this.stage = h('div', { class: 'stage' });
    this.polite = h('div', { class: 'unseen', 'aria-live': 'polite' });
    this.urgent = h('div', { class: 'unseen', 'aria-live': 'assertive' });
    this.box = /** @type {HTMLDialogElement} */ (h(this.isInline ? 'section' : 'dialog', { class: 'panel', 'aria-labelledby': 'title',
      oncancel: (event) => event.preventDefault(),
      onkeydown: (event) => event.key === 'Escape' && this.escape(event) },
    this.chat, this.stage, this.polite, this.urgent));
    this.root = h('div', { class: `root ${this.isInline ? 'inline' : 'floating'}`,
      dir: element.getAttribute('dir') ?? t.dir, lang: t.lang }, !this.isInline && this.launcher, this.box);

    this.menu.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget !== this.menuButton && !this.menu.contains(/** @type {Node | null} */ (relatedTarget))) this.toggleMenu(false);
    });
    this.small.addEventListener('change', () => this.isOpen && this.place());
    for (const event of ['resize', 'scroll']) visualViewport?.addEventListener(event, () => this.fit());
    this.setTheme();
    this.onChange();
  }

  async begin() {
    this.input.value = recall('sessionStorage', 'draft') ?? '';
    this.onInput();
    if (this.element.hasAttribute('open') || recall('sessionStorage', 'open')) this.show(false);
    await this.conversation.wake();
    this.toEnd();
  }

  setTheme() {
    this.root.dataset.theme = this.element.getAttribute('theme') ?? 'auto';
  }

  get isOpen() {
    return this.isInline || this.box.open;
  }

  show(takeFocus = true) {
    if (this.isOpen) return;
    this.place();
    this.element.toggleAttribute('open', true);
    this.launcher.hidden = true;
    this.countUnread(0);
    keep('sessionStorage', 'open', 'yes');
    this.toEnd();
    if (takeFocus) this.takeFocus();
  }

  /** On a phone the keyboard would cover half of what is to be read. */
  takeFocus() {
    (matchMedia('(pointer: coarse)').matches ? this.log : this.input).focus();
  }

  hide() {
    if (this.isInline || !this.box.open) return;
    this.player?.close();
    this.box.close();
    this.element.removeAttribute('open');
    this.launcher.hidden = false;
    this.launcher.focus();
    keep('sessionStorage', 'open', '');
  }

  /** Full screen is modal, so that nothing behind it can be reached; the panel in the corner is not. */
  place() {
    if (this.isInline) return;
    const focused = /** @type {HTMLElement | null | undefined} */ (this.element.shadowRoot?.activeElement);
    if (this.box.open) this.box.close();
    if (this.small.matches) this.box.showModal();
    else this.box.show();
    focused?.focus();
  }

  /** A phone's keyboard may lie over the page instead of making it smaller; whoever looks closer is left in peace. */
  fit() {
    const { height, offsetTop, scale } = /** @type {VisualViewport} */ (visualViewport);
    const isCovered = this.box.matches(':modal') && scale === 1 && height < innerHeight;
    this.box.style.height = isCovered ? `${height}px` : '';
    this.box.style.top = isCovered ? `${offsetTop}px` : '';
  }

  /** @param {Event} event */
  escape(event) {
    event.preventDefault();
    if (this.player) this.player.close();
    else if (!this.menu.hidden) this.toggleMenu(false, true);
    else this.hide();
  }

  toggleMenu(open = this.menu.hidden, refocus = false) {
    this.menu.hidden = !open;
    this.menuButton.setAttribute('aria-expanded', String(open));
    if (open) this.menu.querySelector('button')?.focus();
    else if (refocus) this.menuButton.focus();
  }

  onChange() {
    const { conversation, list, typing, views } = this;
    const { messages } = conversation;
    const isNew = messages.some((message) => !views.has(message.id));
    for (const [id, { node }] of views) {
      if (messages.some((message) => message.id === id)) continue;
      node.remove();
      views.delete(id);
    }
    const lastOfPerson = messages.map((message) => message.from).lastIndexOf('person');
    let place = this.welcome.nextSibling;
    messages.forEach((message, index) => {
      const view = views.get(message.id) ?? messageView(message, this);
      views.set(message.id, view);
      // Moving a node that stands right already would take the focus out of it.
      if (view.node === place) place = place.nextSibling;
      else list.insertBefore(view.node, place);
      view.update(message, { isLive: index > lastOfPerson, endsRun: messages[index + 1]?.from !== message.from });
    });
    this.earlier.hidden = !conversation.hasEarlier;
    this.welcome.hidden = conversation.hasEarlier;
    this.starters.hidden = messages.length > 0;
    typing.hidden = !conversation.isAnswering || conversation.connection !== 'ok';
    this.showPin();
    this.showConnection();
    if (isNew && messages.at(-1)?.from === 'person') this.toEnd();
    else if (isNew || !typing.hidden) this.follow();
  }

  showPin() {
    const { pin, texts } = this;
    const message = this.conversation.pinned;
    if (pin.dataset.id === message?.id) return;
    pin.hidden = !message;
    pin.replaceChildren();
    delete pin.dataset.id;
    if (!message) return;
    pin.dataset.id = message.id;
    pin.dataset.urgency = message.urgency;
    const more = h('div', { class: 'more', id: 'why', hidden: true }, markdown(message.text));
    const toggle = h('button', { class: 'link', 'aria-expanded': 'false', 'aria-controls': 'why', onclick: () => {
      more.hidden = !more.hidden;
      toggle.setAttribute('aria-expanded', String(!more.hidden));
      toggle.textContent = more.hidden ? texts.more : texts.less;
    } }, texts.more);
    // The reasons are long: they open below the numbers, so that these stay in sight.
    pin.append(h('div', { class: 'line' }, heading(message, texts), toggle), ...calls(message, texts, true), more);
  }

  showConnection() {
    const { texts, status, conversation } = this;
    const said = {
      ok: '',
      offline: texts.offline,
      unreachable: texts.unreachable,
      busy: fill(texts.tooMany, { n: conversation.waitS }),
    }[conversation.connection];
    if (said === (status.dataset.connection ?? '')) return;
    status.dataset.connection = said;
    this.notify(said || texts.back, Boolean(said));
  }

  /** Say something in the line above the composer. */
  notify(words = '', stays = false) {
    const { status } = this;
    status.textContent = words;
    if (!stays) setTimeout(() => status.textContent === words && (status.textContent = status.dataset.connection ?? ''), 8000);
  }

  onProblem(problem = '') {
    this.notify(this.texts.errors[problem] ?? (problem.includes(' ') ? problem : this.texts.wentWrong));
  }

  countUnread(unread = 0) {
    this.unread = unread;
    this.badge.hidden = !unread;
    this.badge.textContent = fill(this.texts.unread, { n: unread });
  }

  /** @param {Message} message */
  onSaid(message) {
    const { texts } = this;
    this.onChange();
    const { exercise, session, id } = message;
    // Whoever is being taken through a session by the player goes on in the player.
    if (this.playsOn && exercise && session?.part === 0) this.play(exercise, this.views.get(id)?.node.querySelector('.start') ?? this.log, message);
    if (this.playsOn && exercise) return;
    this.playsOn = false;
    const { told } = split(message);
    const choices = message.buttons?.map(({ title }) => title).filter((title) => !told.has(title)).join(', ');
    const words = [texts.bot, (message.card?.answer ?? message.text).replaceAll('**', ''), message.after, choices && fill(texts.choices, { choices })];
    const isUrgent = PRESSING.includes(message.urgency ?? '');
    this.announce(words.filter(Boolean).join(' '), isUrgent);
    if (this.isOpen) return;
    this.countUnread(this.unread + 1);
    if (isUrgent) this.show(false);
  }

  announce(words = '', isUrgent = false) {
    const region = isUrgent ? this.urgent : this.polite;
    region.append(h('p', {}, words));
    if (region.children.length > 6) region.firstChild?.remove();
  }

  say(text = '', button = '') {
    this.conversation.say(text, button);
  }

  /** @param {string} id @param {'up' | 'down' | null} value @param {string} [words] */
  judge(id, value, words) {
    return this.attempt(this.conversation.judge(id, value, words));
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    // Not cut: what it was written for may stand at its end.
    if (text.length > this.conversation.maxText) return this.onProblem('too_long');
    if (!text) return;
    this.input.value = '';
    this.onInput();
    this.say(text);
    this.input.focus();
  }

  onInput() {
    const { input, left, conversation } = this;
    input.style.height = 'auto';
    if (input.value) input.style.height = `${input.scrollHeight + 2}px`;
    const free = conversation.maxText - input.value.length;
    const isNearEnd = free < conversation.maxText / 5;
    left.textContent = isNearEnd ? fill(this.texts.left, { n: free }) : '';
    // Seen at each letter, said now and then.
    const step = isNearEnd ? `${Math.ceil(free / 50)}` : '';
    if (step && step !== this.leftTold) this.announce(left.textContent);
    this.leftTold = step;
    keep('sessionStorage', 'draft', input.value);
  }

  onScroll() {
    const { log } = this;
    const isNearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    this.jump.hidden ||= !this.hasMoreBelow();
    // Whoever scrolls away reads something else, and is not torn away from it.
    if (Math.abs(log.scrollTop - this.scrolledTo) > 4) this.isFollowing = isNearEnd;
  }

  scrollTo(top = this.log.scrollHeight) {
    this.log.scrollTop = top;
    this.scrolledTo = this.log.scrollTop;
    this.isFollowing = true;
  }

  toEnd() {
    if (this.views.size) this.scrollTo();
    this.jump.hidden = true;
  }

  /** Keep what is new in sight, but never push the start of a long answer out of it. */
  follow() {
    const { log } = this;
    const nodes = [...this.views.values()].map((view) => view.node);
    const question = nodes.filter((node) => node.matches('.person')).at(-1);
    if (this.isFollowing) this.scrollTo(Math.min(log.scrollHeight - log.clientHeight, (question?.offsetTop ?? 0) - 12));
    this.jump.hidden = !this.hasMoreBelow();
  }

  /** Whether the newest message begins below what is in sight. */
  hasMoreBelow() {
    const newest = [...this.views.values()].at(-1)?.node;
    return (newest?.offsetTop ?? 0) >= this.log.scrollTop + this.log.clientHeight - 24;
  }

  async loadEarlier() {
    const { log } = this;
    const before = log.scrollHeight - log.scrollTop;
    await this.attempt(this.conversation.loadEarlier());
    log.scrollTop = log.scrollHeight - before;
    log.focus();
  }

  /** @param {Card} card @param {HTMLElement} from @param {Message} [message] of a stretch session */
  async play(card, from, message) {
    const { Player } = await import('./player.js');
    if (this.player) return;
    this.chat.inert = true;
    this.player = new Player(card, this, (does) => {
      this.player = undefined;
      this.chat.inert = false;
      from.focus();
      const button = message?.buttons?.find((each) => each.does === does);
      this.playsOn = does === 'skip';
      if (button) this.say(button.title, button.id);
      else if (does) this.say(fill(this.texts.player.hurtsSay, { title: card.title }));
    }, message);
    this.stage.append(this.player.node);
    this.player.begin();
  }

  async beginAnew() {
    if (await this.confirm(this.texts.startOver, this.texts.startOverYes)) this.conversation.beginAnew();
  }

  async forget() {
    const { texts } = this;
    if (!(await this.confirm(texts.forgetAsk, texts.forgetYes))) return;
    if (await this.attempt(this.conversation.forget(), texts.forgetFailed)) this.notify(texts.forgotten);
  }

  async download() {
    this.toggleMenu(false, true);
    await this.attempt(this.conversation.everything().then((kept) => {
      const address = URL.createObjectURL(kept);
      h('a', { href: address, download: 'backstride.json' }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    }));
  }

  /** @param {Promise<void>} work @param {string} [otherwise] what to say where it fails */
  async attempt(work, otherwise = this.texts.didNotWork) {
    return work.then(() => true, () => this.notify(otherwise));
  }

  async confirm(question = '', yes = '') {
    this.toggleMenu(false, true);
    const dialog = h('dialog', { class: 'confirm', 'aria-label': question }, h('form', { method: 'dialog' }, h('p', {}, question),
      h('div', { class: 'replies' }, h('button', { type: 'submit', value: 'no' }, this.texts.cancel), h('button', { type: 'submit', value: 'yes', class: 'danger' }, yes))));
    this.root.append(dialog);
    dialog.showModal();
    await new Promise((done) => dialog.addEventListener('close', done));
    dialog.remove();
    return dialog.returnValue === 'yes';
  }
}

export class BackStride extends HTMLElement {
  static observedAttributes = ['theme', 'open'];

  /** @type {Panel | undefined} */
  panel;

  async connectedCallback() {
    if (this.shadowRoot) return;
    const shadow = this.attachShadow({ mode: 'open' });
    const texts = await loadTexts(this.lang || document.documentElement.lang);
    // A strict policy forbids style elements and attributes, but not sheets that a script has made.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.append(h('style', {}, styles));
    }
    const server = this.getAttribute('server') ?? new URL('..', import.meta.url).href;
    this.panel = new Panel(this, texts, server.replace(/\/+$/, ''));
    shadow.append(this.panel.root);
    await this.panel.begin();
    this.dispatchEvent(new Event('ready'));
  }

  attributeChangedCallback(name = '') {
    if (name === 'theme') this.panel?.setTheme();
    else if (this.hasAttribute('open')) this.panel?.show();
    else this.panel?.hide();
  }
}

async function loadTexts(language = '') {
  const short = language.toLowerCase().split('-')[0];
  if (!/^[a-z]{2,3}$/.test(short) || short === 'en') return english;
  try {
    return { ...english, ...(await import(`./texts.${short}.js`)).default };
  } catch {
    return english;
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, BackStride);
if (!document.querySelector(NAME)) document.body.append(document.createElement(NAME));
