/** The stretch player: one exercise, step by step, with a countdown for each hold. Loaded when somebody starts one. */
import { fill, h, icon, iconButton, keep, recall } from './dom.js';

// Changing sides may mean getting up from one knee and down on the other.
const WAITS_S = { ready: 5, rest: 4, other: 10 };
const TICK_MS = 200;

/** What is held is announced, held and let go, as often as the card says; anything else waits. @param {Card} card */
export function partsOf(card) {
  /** @type {Part[]} */
  const parts = [];
  (card.parts ?? []).forEach((given, place) => {
    const { hold_seconds: held, repetitions, side, set, sets } = given;
    const part = { ...given, place, times: repetitions * sets };
    if (!held) parts.push({ ...part, kind: 'do', seconds: 0, turn: 0 });
    for (let turn = set; held && turn < set + repetitions; turn += 1) {
      const kind = turn > 1 ? 'rest' : side > 1 ? 'other' : 'ready';
      parts.push({ ...part, turn, kind, seconds: WAITS_S[kind] }, { ...part, turn, kind: 'hold', seconds: held });
    }
  });
  return parts;
}

export class Player {
  /**
   * @param {Card} card
   * @param {Host} host
   * @param {(does?: string) => void} onClose gets what the person wants next: "hurts", "skip" (the next exercise), or nothing
   * @param {Message} [message] of a stretch session, which tells where to begin and what may come next
   */
  constructor(card, host, onClose, message) {
    const t = host.texts.player;
    this.card = card;
    this.texts = host.texts;
    this.onClose = onClose;
    this.parts = partsOf(card);
    this.at = Math.max(0, this.parts.findIndex((part) => part.place >= (message?.session?.part ?? 0)));
    this.onward = message?.buttons?.find((button) => button.does === 'skip')?.title;
    this.leftMs = 0;
    this.isPaused = false;
    this.isDone = false;
    this.lastTick = 0;
    this.timer = 0;
    /** @type {AudioContext | undefined} */
    this.audio = undefined;

    this.stepLine = h('small');
    this.bar = h('div', { class: 'bar', 'aria-hidden': 'true' });
    this.now = h('p', { class: 'now', tabindex: '-1' });
    this.sideLine = h('p', { class: 'side' });
    this.count = h('b');
    this.kind = h('span');
    this.ring = h('div', { class: 'ring', 'aria-hidden': 'true' }, this.count, this.kind);
    this.live = h('p', { class: 'unseen', 'aria-live': 'polite' });
    this.main = h('button', { class: 'main', onclick: () => this.onMain() });
    this.sound = choice('sound', 'on');
    this.voice = choice('voice', 'off');
    this.voice.addEventListener('change', () => this.speak(this.live.textContent ?? ''));
    /** @param {string} name @param {string} sign @param {() => void} act */
    const control = (name, sign, act) => h('button', { onclick: act }, icon(sign), name);
    this.again = control(t.again, 'again', () => this.goTo(this.isDone ? 0 : this.at));
    this.skip = control(t.skip, 'skip', () => this.next());
    this.hurts = h('button', { class: 'hurts', onclick: () => this.close('hurts') }, t.hurts);
    this.hint = h('p', { class: 'hint' }, message?.session?.easier ?? card.cautions?.[0] ?? t.keepGentle);
    this.image = card.picture && h('img', { src: host.server + card.picture.src, alt: card.picture.alt, width: '320', height: '240' });
    this.node = h('div', { class: 'player', role: 'dialog', 'aria-label': fill(t.title, { title: card.title }) },
      h('div', { class: 'head' }, h('h2', {}, card.title, this.stepLine), iconButton('close', t.close, { onclick: () => this.close() }), this.bar),
      h('div', { class: 'scene' }, this.image, this.now, this.sideLine, this.ring, this.hint),
      this.live,
      h('div', { class: 'foot' }, h('div', { class: 'controls' }, this.main, this.again, this.skip), this.hurts,
        h('div', { class: 'options' }, h('label', {}, this.sound, t.sound), 'speechSynthesis' in window && h('label', {}, this.voice, t.voice))));
    this.onVisible = () => document.hidden || this.keepAwake();
    document.addEventListener('visibilitychange', this.onVisible);
  }

  begin() {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.keepAwake();
    this.goTo(this.at);
  }

  /** @param {string} [does] */
  close(does) {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.onVisible);
    window.speechSynthesis?.cancel();
    this.awake?.then((lock) => lock?.release());
    this.audio?.close();
    this.node.remove();
    this.onClose(does);
  }

  goTo(at = 0) {
    this.at = at;
    this.isPaused = false;
    this.isDone = at >= this.parts.length;
    const part = this.parts[at];
    this.leftMs = (part?.seconds ?? 0) * 1000;
    this.lastTick = Date.now();
    const before = this.parts[at - 1];
    this.show();
    this.tell(this.isDone ? `${this.texts.player.done} ${this.texts.player.doneText}` : this.wordsFor(part, before));
    // A new step moves the reading place there, so that nobody is left on a button that means something else now.
    if (this.isDone || part.step !== before?.step) this.now.focus();
  }

  next() {
    if (!this.isDone) this.goTo(this.at + 1);
  }

  onMain() {
    if (this.isDone) return this.close(this.onward && 'skip');
    if (this.parts[this.at].kind === 'do') return this.next();
    this.isPaused = !this.isPaused;
    this.lastTick = Date.now();
    this.show();
    this.tell(this.isPaused ? this.texts.player.paused : this.texts.player.resume);
  }

  tick() {
    const now = Date.now();
    const passed = now - this.lastTick;
    this.lastTick = now;
    const part = this.parts[this.at];
    if (this.isPaused || !part?.seconds) return;
    this.leftMs -= passed;
    if (this.leftMs > 0) return this.showCount();
    if (part.kind === 'hold') this.signal();
    this.next();
  }

  show() {
    const t = this.texts.player;
    const part = this.parts[this.at];
    const isTimed = Boolean(part?.seconds);
    const all = this.card.steps?.length ?? 0;
    this.stepLine.textContent = part ? fill(t.stepOf, { n: part.step + 1, all }) : '';
    this.bar.style.setProperty('--part', `${(this.at / this.parts.length) * 100}%`);
    this.now.textContent = part?.text ?? t.done;
    this.sideLine.textContent = part ? this.sideOf(part) : t.doneText;
    this.ring.hidden = !isTimed;
    this.hint.hidden = this.isDone || isTimed;
    this.main.replaceChildren(...(this.isDone ? [this.onward ?? t.finish]
      : part.kind === 'do' ? [icon('skip'), t.next]
        : this.isPaused ? [icon('play'), t.resume] : [icon('pause'), t.pause]));
    this.skip.hidden = this.isDone || part.kind === 'do';
    this.again.lastChild?.replaceWith(this.isDone ? t.repeat : t.again);
    this.kind.textContent = part ? part.kind === 'do' ? '' : t[part.kind] : '';
    this.showCount();
  }

  showCount() {
    const part = this.parts[this.at];
    if (!part?.seconds) return;
    this.count.textContent = String(Math.ceil(this.leftMs / 1000));
    const share = part.kind === 'hold' ? this.leftMs / (part.seconds * 1000) : 1;
    this.ring.style.setProperty('--part', `${share * 100}%`);
  }

  /** @param {Part} part */
  sideOf(part) {
    const t = this.texts.player;
    return [
      part.side > 0 && (part.side === 1 ? t.first : t.second),
      part.times > 1 && (part.turn ? fill(t.setOf, { n: part.turn, all: part.times }) : fill(this.texts.times, { n: part.times })),
    ].filter(Boolean).join(' · ');
  }

  /** Say each thing once: the step when it begins, then what changes. @param {Part} part @param {Part | undefined} before */
  wordsFor(part, before) {
    const t = this.texts.player;
    const doing = {
      do: this.sideOf(part), ready: t.ready, hold: `${t.hold}, ${part.seconds} ${t.seconds}`,
      rest: t.rest, other: t.other,
    }[part.kind];
    return part.step === before?.step ? doing : `${part.text} ${doing}`;
  }

  tell(words = '') {
    this.live.textContent = words;
    this.speak(words);
  }

  speak(words = '') {
    window.speechSynthesis?.cancel();
    if (!this.voice.checked || !words) return;
    const speech = new SpeechSynthesisUtterance(words);
    speech.lang = this.texts.assistant;
    window.speechSynthesis.speak(speech);
  }

  /** A soft tone and a short buzz at the end of a hold. */
  signal() {
    if (!this.sound.checked) return;
    navigator.vibrate?.(200);
    try {
      this.audio ??= new AudioContext();
      const tone = this.audio.createOscillator();
      const volume = this.audio.createGain();
      const begin = this.audio.currentTime;
      volume.gain.setValueAtTime(0.2, begin);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.9);
      tone.connect(volume).connect(this.audio.destination);
      tone.start();
      tone.stop(begin + 1);
    } catch {
      // No sound here; the count and the words say it too.
    }
  }

  /** Where the screen may sleep all the same, the count goes on by the clock. */
  keepAwake() {
    this.awake = navigator.wakeLock?.request('screen').catch(() => undefined);
  }
}

/** A box that remembers whether it was ticked. @param {string} name @param {'on' | 'off'} usual */
function choice(name, usual) {
  const box = h('input', { type: 'checkbox', checked: (recall('localStorage', name) ?? usual) === 'on',
    onchange: () => keep('localStorage', name, box.checked ? 'on' : 'off') });
  return box;
}
