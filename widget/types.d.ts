/** Shapes that the modules share, known in all of them; for the type check only, browsers never load it. */

interface Picture {
  src: string;
  alt: string;
}

interface Step {
  text: string;
  hold_seconds?: number;
  repetitions?: number;
  each_side?: boolean;
}

/** Something to do before the next thing is said; made by backstride/exercise_parts.py. */
interface Doing {
  step: number;
  text: string;
  hold_seconds: number;
  repetitions: number;
  /** 0 where there are no sides. */
  side: number;
  set: number;
  sets: number;
}

interface Card {
  id: string;
  group: string;
  title: string;
  answer: string;
  detail?: string;
  why: string;
  steps?: Step[];
  parts?: Doing[];
  dose?: string;
  easier?: string;
  cautions?: string[];
  not_for?: { who: string; why: string }[];
  correction?: string;
  evidence: { says: string; strength: string };
  sources: { body: string; year?: number; what?: string }[];
  checked: { on: string; by: string; clinician?: string };
  picture?: Picture;
}

interface Choice {
  id: string;
  title: string;
  picture?: Picture;
  /** What it does in a stretch session, or "answer" where it answers the message's question. */
  does?: string;
}

interface Message {
  id: string;
  from: 'person' | 'bot';
  text: string;
  /** Seconds since 1970. */
  at: number;
  buttons?: Choice[];
  /** The id of the button that was pressed. */
  chosen?: string;
  card?: Card;
  /** What is said beyond the card. */
  after?: string;
  /** The diary's picture. */
  chart?: Picture;
  /** What can be saved. */
  file?: { src: string; title: string };
  urgency?: string;
  heading?: string;
  red_flags?: string[];
  sources?: string[];
  /** The warning sign that a question is about. */
  asks?: string;
  numbers?: { label: string; number: string }[];
  referral?: string;
  ask?: string;
  /** Whether more than one of the answers may hold. */
  several?: boolean;
  plan?: { title: string; lines: string[] }[];
  /** Whether people will want it on paper. */
  copy?: boolean;
  /** Where a stretch session has come to. */
  session?: { part: number; easier?: string };
  /** The exercise that it has come to. */
  exercise?: Card;
  feedback?: 'up' | 'down' | null;
  state?: 'sending' | 'failed';
  problem?: string;
}

/** A message that the server has not answered yet. */
interface Unsent {
  id: string;
  text: string;
  button?: string;
  at: number;
  problem?: string;
}

/** What the browser keeps. */
interface Memory {
  token?: string;
  previous: string[];
  unsent: Unsent[];
  /** Changes when another tab has something new. */
  beat?: number;
}

type Connection = 'ok' | 'offline' | 'unreachable' | 'busy';

type EnglishTexts = typeof import('./texts.en.js').default;
type Texts = Omit<EnglishTexts, 'errors' | 'urgency' | 'strength'> &
  Record<'errors' | 'urgency' | 'strength', Record<string, string>>;

/** Attributes and listeners of an element that is being made. */
interface Props {
  [name: string]: unknown;
  onclick?(event: MouseEvent): void;
  onkeydown?(event: KeyboardEvent): void;
  onsubmit?(event: SubmitEvent): void;
  oncancel?(event: Event): void;
}

/** What drawn things may ask of the panel that they stand in. */
type Host = Pick<import('./backstride.js').Panel, 'texts' | 'server' | 'conversation' | 'say' | 'judge' | 'play' | 'announce'>;

/** Where a message stands: can it still be answered, and does it end a run of messages from one side? */
interface Place {
  isLive: boolean;
  endsRun: boolean;
}

interface View {
  node: HTMLElement;
  update(message: Message, place: Place): void;
}

/** Draws a part of a message into its node and returns what brings it up to date. */
type Draw = (node: HTMLElement, message: Message, host: Host) => View['update'];

/** A stretch of time in the player, or a step that waits for the person. */
interface Part extends Doing {
  /** Which of the card's parts it belongs to. */
  place: number;
  kind: 'do' | 'ready' | 'hold' | 'rest' | 'other';
  seconds: number;
  /** Which repetition or set, and of how many. */
  turn: number;
  times: number;
}

/** What the conversation tells of. */
interface Listener {
  onChange(): void;
  /** A new message of the assistant. */
  onSaid(message: Message): void;
  /** A code of `texts.errors`, or a sentence of the assistant. */
  onProblem(problem: string): void;
}
