/**
 * The conversation with the server. The server keeps it; the browser keeps the token that opens it and what has not been
 * sent yet.
 */
import { keep, recall } from './dom.js';

// Longer than the server takes to give up an answer.
const PATIENCE_MS = 40_000;
const WAITS_S = [1, 2, 4, 8, 15];
const NOTHING = { messages: [], pinned: null, earlier: false };

export class Conversation {
  /** @param {string} server @param {Listener} listener */
  constructor(server, listener) {
    this.server = server;
    this.listener = listener;
    /** @type {Message[]} */
    this.stored = [];
    /** @type {Message | null} */
    this.pinned = null;
    this.hasEarlier = false;
    this.maxText = 1000;
    /** @type {Connection} */
    this.connection = navigator.onLine ? 'ok' : 'offline';
    this.waitS = 0;
    this.isAnswering = false;
    this.isLoaded = false;
    this.tries = 0;
    this.timer = 0;
    this.storageIsClosed = false;
    /** @type {Partial<Memory>} */
    this.memory = {};
    this.remembered = this.recall();
    addEventListener('online', () => this.wake());
    addEventListener('offline', () => this.connect('offline'));
    addEventListener('storage', (event) => this.onStorage(event));
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh());
    // A reminder comes unasked.
    setInterval(() => document.hidden || this.refresh(), 60_000);
  }

  /** Whether a warning sign is open, so that there are no exercises now. */
  get isHeld() {
    return Boolean(this.pinned ?? this.stored.at(-1)?.asks);
  }

  /** @returns {Memory} */
  recall() {
    if (!this.storageIsClosed) this.memory = parsed(recall('localStorage', this.server));
    const { previous, unsent } = this.memory;
    return { ...this.memory, previous: Array.isArray(previous) ? previous : [], unsent: Array.isArray(unsent) ? unsent : [] };
  }

  /** @param {Partial<Memory>} changes */
  remember(changes) {
    this.memory = this.remembered = { ...this.recall(), ...changes };
    this.storageIsClosed = !keep('localStorage', this.server, JSON.stringify(this.memory));
  }

  /** @param {StorageEvent} event */
  onStorage(event) {
    if (event.key !== `backstride ${this.server}` && event.key) return;
    const before = this.remembered;
    this.remembered = this.recall();
    if (this.remembered.token !== before.token) this.empty();
    if (this.remembered.token !== before.token || this.remembered.beat !== before.beat) this.refresh();
    else this.listener.onChange();
  }

  /** @returns {Message[]} those that the server has, then those that wait here */
  get messages() {
    const known = new Set(this.stored.map((message) => message.id));
    const waiting = this.remembered.unsent.filter((unsent) => !known.has(unsent.id));
    return [
      ...this.stored,
      ...waiting.map((unsent) => /** @type {Message} */ ({
        id: unsent.id, from: 'person', text: unsent.text, at: unsent.at, problem: unsent.problem,
        state: unsent.problem ? 'failed' : 'sending',
      })),
    ];
  }

  /** Say what was typed, or press a button: its title and its id. */
  say(text = '', button = '') {
    this.remember({ unsent: [...this.recall().unsent, { id: newId(), text, button, at: Date.now() / 1000 }] });
    this.listener.onChange();
    this.send();
  }

  retry(id = '') {
    this.mark(id);
    this.send();
  }

  mark(id = '', problem = '') {
    this.remember({ unsent: this.recall().unsent.map((unsent) => (unsent.id === id ? { ...unsent, problem } : unsent)) });
    this.listener.onChange();
  }

  async loadEarlier() {
    const first = this.stored[0]?.id ?? '';
    const found = await this.ask('GET', `/chat/messages?before=${encodeURIComponent(first)}`);
    this.stored = [...found.messages, ...this.stored];
    this.hasEarlier = found.earlier;
    this.listener.onChange();
  }

  /** @param {string} message @param {'up' | 'down' | null} value @param {string} [words] */
  async judge(message, value, words) {
    await this.ask('POST', '/chat/feedback', { message, value, ...(words ? { words } : {}) });
    const judged = this.stored.find((each) => each.id === message);
    if (judged) judged.feedback = value;
    this.listener.onChange();
  }

  beginAnew() {
    const { token, previous } = this.recall();
    this.remember({ token: undefined, unsent: [], previous: token ? [token, ...previous] : previous });
    this.empty();
  }

  /** Erase all conversations that this browser can open, on the server and here. */
  async forget() {
    await this.withAll('DELETE', '/chat/conversation');
    this.memory = {};
    keep('localStorage', this.server, '');
    this.remembered = this.recall();
    this.empty();
  }

  async everything() {
    const conversations = await this.withAll('GET', '/chat/export');
    return new Blob([JSON.stringify({ exported: new Date(), conversations }, null, 2)], { type: 'application/json' });
  }

  async send() {
    if (this.isAnswering || this.timer) return;
    let unsent;
    while ((unsent = this.recall().unsent.find((each) => !each.problem))) {
      if (!navigator.onLine) return this.connect('offline');
      this.isAnswering = true;
      this.listener.onChange();
      try {
        await this.post(unsent);
        this.settle(unsent.id);
      } catch (error) {
        this.onFailure(unsent, error);
        if (this.timer) break;
      } finally {
        this.isAnswering = false;
      }
    }
    this.listener.onChange();
  }

  /** @param {Unsent} unsent */
  async post(unsent) {
    if (!this.remembered.token) {
      const begun = await this.ask('POST', '/chat/conversation');
      this.maxText = begun.max_text;
      this.remember({ token: begun.token });
    }
    const { token } = this.remembered;
    const response = await this.fetch('POST', '/chat/messages', {
      id: unsent.id,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(unsent.button ? { button: unsent.button } : { text: unsent.text }),
    });
    this.connect('ok');
    let rest = '';
    let isDone = false;
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    const decoder = new TextDecoder();
    const watchdog = setTimeout(() => reader.cancel(), PATIENCE_MS);
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line);
        // Meanwhile the person may have begun another conversation.
        if (said.message && this.remembered.token === token) this.take(said.message, unsent);
        if (said.error) throw Object.assign(new Error(), { status: 503, ...said });
        isDone ||= Boolean(said.done);
      }
    }
    clearTimeout(watchdog);
    // The connection broke in the middle: the same message is sent again and answered from what was said.
    if (!isDone) throw new TypeError('cut off');
  }

  /** @param {Message} message @param {Unsent} unsent */
  take(message, unsent) {
    this.keepPerson(unsent);
    if (!this.stored.some((each) => each.id === message.id)) {
      this.stored.push(message);
      if (message.referral === 'cleared') this.pinned = null;
      else this.pinned = morePressing(this.pinned, message);
      this.listener.onSaid(message);
    }
    this.listener.onChange();
  }

  /** @param {Unsent} unsent */
  keepPerson(unsent) {
    if (this.stored.some((each) => each.id === unsent.id)) return;
    this.stored.push({ id: unsent.id, from: 'person', text: unsent.text, at: unsent.at });
    const asked = this.stored.find((each) => each.buttons?.some((button) => button.id === unsent.button));
    if (asked) asked.chosen = unsent.button;
  }

  settle(id = '') {
    const unsent = this.recall().unsent.find((each) => each.id === id);
    if (!unsent) return;
    this.keepPerson(unsent);
    this.remember({ unsent: this.recall().unsent.filter((each) => each.id !== id), beat: Date.now() });
  }

  /** @param {Unsent} unsent @param {any} error */
  onFailure(unsent, { status, error, text, wait }) {
    if (status === 401) this.expire();
    else if (status === 429) this.wait('busy', wait);
    else if (status < 500 || error === 'failed' || error === 'timeout') {
      this.mark(unsent.id, text || error);
      this.listener.onProblem(text || error);
    } else this.wait();
  }

  /** @param {Connection} connection @param {number} seconds */
  wait(connection = navigator.onLine ? 'unreachable' : 'offline', seconds = WAITS_S[this.tries++] ?? 30) {
    this.waitS = seconds;
    this.connect(connection);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), seconds * 1000);
  }

  /** Load what the server has, then send what waits. */
  async wake() {
    clearTimeout(this.timer);
    this.timer = 0;
    await this.refresh();
    this.send();
  }

  /** @param {Connection} connection */
  connect(connection) {
    if (connection === 'ok') this.tries = 0;
    if (connection === this.connection) return;
    this.connection = connection;
    this.listener.onChange();
  }

  /** Take over the conversation as the server has it. */
  async refresh() {
    if (this.isAnswering) return;
    try {
      const found = this.remembered.token ? await this.ask('GET', '/chat/messages') : NOTHING;
      if (this.isAnswering) return;
      const shown = new Set(this.stored.map((message) => message.id));
      // Earlier messages that somebody asked to see stay.
      const seen = Math.max(0, this.stored.findIndex((message) => message.id === found.messages[0]?.id));
      this.stored = [...this.stored.slice(0, seen), ...found.messages];
      this.pinned = found.pinned;
      if (!seen) this.hasEarlier = found.earlier;
      this.maxText = found.max_text ?? this.maxText;
      if (found.token) this.remember({ token: found.token });
      const known = new Set(this.stored.map((message) => message.id));
      const unsent = this.recall().unsent;
      const left = unsent.filter((each) => !known.has(each.id));
      if (left.length < unsent.length) this.remember({ unsent: left });
      // Without a token nobody was asked.
      if (found !== NOTHING || !left.length) this.connect('ok');
      for (const message of this.isLoaded ? this.stored : []) {
        if (message.from === 'bot' && !shown.has(message.id)) this.listener.onSaid(message);
      }
    } catch (/** @type {any} */ error) {
      if (error.status === 401) this.expire();
      else return this.wait();
    }
    this.isLoaded = true;
    this.listener.onChange();
  }

  /** Nobody can open that conversation any more; what was not answered begins a new one. */
  expire() {
    this.remember({ token: undefined });
    this.empty();
    this.listener.onProblem('expired');
  }

  empty() {
    this.stored = [];
    this.pinned = null;
    this.hasEarlier = false;
    this.listener.onChange();
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async ask(method, path, body) {
    return (await this.fetch(method, path, body)).json();
  }

  /** Ask for all conversations that can still be opened. @param {string} method @param {string} path */
  async withAll(method, path) {
    const answers = [];
    for (const token of [this.remembered.token, ...this.remembered.previous]) {
      try {
        if (token) answers.push(await (await this.fetch(method, path, undefined, token)).json());
      } catch (/** @type {any} */ error) {
        if (error.status !== 401) throw error;
      }
    }
    return answers;
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {string} [token] */
  async fetch(method, path, body, token = this.remembered.token) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      const response = await fetch(this.server + path, {
        method,
        signal: stop.signal,
        credentials: 'omit',
        cache: 'no-store',
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        body: body && JSON.stringify(body),
      });
      // What the server says of it: `error`, and perhaps `text` or `wait`.
      if (!response.ok) throw Object.assign(new Error(), { status: response.status }, await response.json().catch(() => null));
      return response;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Most urgent first. */
export const PRESSING = ['emergency_now', 'same_day', 'doctor_days'];

/** The more urgent one; of equals the newer, if it tells of another sign or number. @param {Message | null} pinned @param {Message} message */
function morePressing(pinned, message) {
  const [before, now] = [pinned, message].map((each) => PRESSING.indexOf(each?.urgency ?? ''));
  const [known, told] = [pinned, message].map((each) => JSON.stringify([each?.red_flags, each?.numbers]));
  if (now < 0 || (before >= 0 && now > before)) return pinned;
  return now === before && known === told ? pinned : message;
}

/** Another script of the page may have written anything there. @returns {Partial<Memory>} */
function parsed(text = /** @type {string | null} */ (null)) {
  try {
    return JSON.parse(text ?? '') ?? {};
  } catch {
    return {};
  }
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
