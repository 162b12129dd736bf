import type { EpochMs } from "@/time/instant";
import { Deck } from "./deck";
import { extended, type Recording } from "./face";
import type { FetchQueue } from "./fetch-queue";
import type { Frame } from "./frame-table";
import { type Member, type Place, type Snapshot, snapshotOf, type WallSnapshot } from "./member";
import { type DecodeHistory, NO_HISTORY } from "./mode";
import { outcomeOf } from "./outcome";
import { Patience, PATIENCE_FOCUSED_MS, PATIENCE_MS } from "./patience";
import { Sound, type SoundState } from "./sound";
import { catchUpSpeed } from "./speeds";
import { Tile } from "./tile";

export interface WallOptions {
  audio: HTMLAudioElement;
  queue: FetchQueue;
  /** Monotonic ms. */
  now: () => number;
  /** The server's wall clock. */
  present: () => EpochMs;
  /** Absent: live, as soon as it is known where that is. */
  at?: EpochMs;
  speed: number;
}

export type { WallSnapshot } from "./member";

const HIDDEN_HOLD = "hidden";
/** Live begins when every tile has said what it has, or after so long. */
const LIVE_AFTER_MS = 1500;
/** So long nothing is decided without a channel that somebody goes to. */
const AWAITED_MS = 5000;
const CAUGHT_UP_WITHIN_MS = 150;

/**
 * Tiles on one clock; a tile may leave it for a clock of its own and come back. It does nothing by itself: `tick` is
 * called on every animation frame while the page is visible.
 */
export class Wall {
  private readonly main: Deck;
  private readonly members = new Map<string, Member>();
  private readonly sound: Sound;
  private history: DecodeHistory = NO_HISTORY;
  private focused: string | undefined;
  private heard: string | undefined;
  private hidden = false;
  private wantsLive: boolean;
  private knownSince: number | undefined;
  /** A channel that somebody goes to, until it is known what it has. */
  private awaited: { id: string; since: number } | undefined;

  constructor(private readonly options: WallOptions) {
    this.main = this.newDeck(options.at ?? options.present(), options.speed);
    this.wantsLive = options.at === undefined;
    this.sound = new Sound(options);
  }

  /** The transport: of the wall, or of the focused tile while that has a clock of its own. */
  get deck(): Deck {
    return this.lead?.deck ?? this.main;
  }

  get focus(): string | undefined {
    return this.lead?.id;
  }

  get soundOn(): string | undefined {
    return this.listened?.id;
  }

  /** `channel` is the address of the channel resource. */
  add(id: string, channel: string, video: HTMLVideoElement): void {
    this.remove(id);
    const { queue, now } = this.options;
    const tile = new Tile({ channel, video, clock: this.main.clock, queue, now });
    this.members.set(id, {
      id, channel, tile, deck: this.main, place: "wall", resumes: false, hidden: false, left: false,
      patience: new Patience(PATIENCE_MS), recording: undefined, report: undefined,
    });
  }

  remove(id: string): void {
    this.members.get(id)?.tile.close();
    this.members.delete(id);
  }

  setRecording(id: string, recording: Recording): void {
    const member = this.members.get(id);
    if (member) member.recording = extended(recording, member.tile.stream.newest);
  }

  setFocus(id: string | undefined): void {
    const before = this.lead;
    this.focused = id;
    if (this.lead === before) return;
    before?.patience.renew(PATIENCE_MS);
    this.lead?.patience.renew(PATIENCE_FOCUSED_MS);
  }

  setSound(id: string | undefined): void {
    this.heard = id;
    this.sound.unblock();
  }

  get muted(): boolean {
    return this.sound.muted;
  }

  setMuted(muted: boolean): void {
    this.sound.muted = muted;
    this.sound.unblock();
  }

  /** A tile out of sight asks for nothing and decodes nothing. */
  setTileHidden(id: string, hidden: boolean): void {
    const member = this.members.get(id);
    if (!member || member.hidden === hidden) return;
    member.hidden = hidden;
    if (hidden) member.tile.rest();
    else member.patience.renew(PATIENCE_MS);
  }

  startAgain(id: string): void {
    this.members.get(id)?.tile.startAgain();
  }

  /** The tile leaves the wall's clock, and goes on from where it is. */
  solo(id: string): void {
    const member = this.members.get(id);
    if (!member || member.place === "solo") return;
    if (member.place === "wall") this.detach(member, this.main.clock.instant());
    member.place = "solo";
    if (this.main.clock.playing) member.deck.play();
  }

  rejoin(id: string): void {
    const member = this.members.get(id);
    if (!member || member.place === "wall") return;
    member.place = "wall";
    member.resumes = false;
    member.deck = this.main;
    member.tile.moveTo(this.main.clock);
    member.patience.renew(PATIENCE_MS);
  }

  /** Only this tile stands, at the instant; the wall goes on. A wall of one tile stands as a whole. */
  pauseTile(id: string, at?: EpochMs): void {
    const member = this.members.get(id);
    if (!member || member.place === "note") return;
    if (member.place === "solo" || (member.place === "wall" && this.members.size === 1)) {
      const { deck } = member;
      member.resumes ||= deck.clock.playing;
      deck.pause();
      if (at !== undefined) deck.seek(at);
      return;
    }
    const stands = at ?? member.tile.shownFrame()?.at ?? member.deck.clock.instant();
    if (member.place === "wall") this.detach(member, stands);
    else {
      member.deck.pause();
      member.deck.seek(stands);
    }
    member.place = "note";
  }

  /** After `pauseTile`: it plays on, faster than the wall, until it is where the wall is. */
  resumeTile(id: string): void {
    const member = this.members.get(id);
    if (!member) return;
    if (member.place === "note") member.place = "catching-up";
    if (!member.resumes) return;
    member.resumes = false;
    member.deck.play();
  }

  /** Of a clock that somebody drives: it stands for as long as a note is written, or no tile follows it any more. */
  fateOf(deck: Deck): "stands" | "left" | undefined {
    const followers = [...this.members.values()].filter((member) => member.deck === deck);
    if (!deck.clock.playing && followers.some(({ resumes }) => resumes)) return "stands";
    return deck === this.main || followers.length > 0 ? undefined : "left";
  }

  play(): void {
    this.sound.unblock();
    this.deck.play();
  }

  pause(): void {
    this.deck.pause();
  }

  toggle(): void {
    if (this.deck.clock.playing) this.pause();
    else this.play();
  }

  goLive(): void {
    this.wantsLive = this.deck === this.main && !this.anyKnown();
    this.deck.goLive();
  }

  /** To a moment of a channel, which may be one of which nothing is known yet; of the channels there are, without one. */
  goTo(at: EpochMs | "live", channel?: string): void {
    const known = channel === undefined || this.recordingOf(channel) !== undefined;
    this.awaited = known ? undefined : { id: channel, since: this.options.now() };
    if (known && at === "live") return this.goLive();
    this.wantsLive = at === "live";
    const deck = known ? this.deck : this.main;
    if (!known) deck.leaveGround();
    if (at !== "live") deck.seek(at);
  }

  /** The frame on the screen in that tile, or in the focused one. */
  shownFrame(id = this.focus): Frame | undefined {
    return id === undefined ? undefined : this.members.get(id)?.tile.shownFrame();
  }

  placeOf(id: string): Place | undefined {
    return this.members.get(id)?.place;
  }

  recordingOf(id: string): Recording | undefined {
    return this.members.get(id)?.recording;
  }

  /** A hidden page asks for nothing and its clocks stand. */
  setHidden(hidden: boolean): void {
    if (hidden === this.hidden) return;
    this.hidden = hidden;
    for (const deck of this.decks()) {
      if (hidden) deck.clock.hold(HIDDEN_HOLD);
      else deck.clock.release(HIDDEN_HOLD);
      if (!hidden && deck.live) deck.goLive();
    }
    if (!hidden) return;
    for (const { tile } of this.members.values()) tile.rest();
    this.sound.rest();
  }

  close(): void {
    for (const id of [...this.members.keys()]) this.remove(id);
    this.sound.close();
  }

  /** Nothing, while nothing is known of any recording. */
  tick(): WallSnapshot | undefined {
    if (this.hidden || !this.anyKnown()) return undefined;
    const present = this.options.present();
    for (const member of this.members.values()) {
      if (member.recording) member.recording = extended(member.recording, member.tile.stream.newest);
    }
    const awaits = this.awaits();
    for (const deck of this.decks()) if (deck !== this.main || !awaits) this.enter(deck);
    if (!awaits) this.beginLive();
    this.tickTiles(present);
    const sound = this.tickSound(present);
    for (const deck of this.decks()) this.obey(deck);
    for (const member of this.members.values()) this.catchUp(member);
    return this.snapshot(present, sound);
  }

  private enter(deck: Deck): void {
    const followers = this.inSight(deck);
    const lead = followers.find((member) => member === this.lead) ?? followers[0];
    const recordings = followers.flatMap((member) => (member.recording ? [member.recording] : []));
    const ground = deck.grounds.of(recordings, lead?.recording);
    deck.lead = lead?.recording && { tile: lead.tile, recording: lead.recording, report: lead.report };
    if (ground) deck.enter(ground);
  }

  private awaits(): boolean {
    const { awaited } = this;
    if (awaited && (this.members.get(awaited.id)?.recording || this.options.now() - awaited.since > AWAITED_MS)) this.awaited = undefined;
    return this.awaited !== undefined;
  }

  private beginLive(): void {
    if (!this.wantsLive) return;
    this.knownSince ??= this.options.now();
    const all = [...this.members.values()].every((member) => member.recording);
    if (!all && this.options.now() - this.knownSince < LIVE_AFTER_MS) return;
    this.wantsLive = false;
    this.main.goLive();
  }

  /** The focused tile last: it sees what the others have left of the machine. */
  private tickTiles(present: EpochMs): void {
    const lead = this.lead;
    const seen = [...this.members.values()].filter((member) => !member.hidden);
    const order = [...seen.filter((member) => member !== lead), ...(lead && !lead.hidden ? [lead] : [])];
    const demandOf = (members: readonly Member[]) =>
      members.reduce((sum, { tile, recording }) => sum + (recording ? tile.demand(recording) : 0), 0);
    const whole = demandOf(seen);
    const entire = seen.filter((member) => member.report?.mode === "all");
    const decoding = demandOf(entire);
    const crowding = seen.some((member) => member.report?.keys.crowded);
    for (const member of order) {
      if (!member.recording) continue;
      const focused = member === lead;
      const apart = focused && seen.length > 1 && seen.every((other) => other === lead || other.report?.mode !== "all");
      member.report = member.tile.tick(member.recording, {
        demand: apart ? demandOf([member]) : whole,
        decoding,
        focused,
        apart,
        crowding,
        beside: entire.some((other) => other !== member),
        scrubbing: member.deck.scrubbing,
        history: this.history,
        present,
        left: member.left,
      });
      this.history = member.report.history;
    }
  }

  private tickSound(present: EpochMs): SoundState {
    const listened = this.listened;
    if (!listened?.recording) return "none";
    this.sound.follow(listened.channel, listened.deck.clock);
    return this.sound.tick(listened.recording, present, listened.deck.scrubbing);
  }

  private obey(deck: Deck): void {
    const clock = { at: deck.clock.instant(), playing: deck.clock.playing, now: this.options.now() };
    deck.obey(outcomeOf(this.inSight(deck), clock, (member) => member === this.listened && this.sound.starving));
  }

  private catchUp(member: Member): void {
    if (member.place !== "catching-up") return;
    const { clock } = this.main;
    const own = member.deck.clock;
    const gapMs = clock.instant() - own.instant();
    const speed = clock.playing && clock.speed > 0 ? catchUpSpeed(gapMs, clock.speed) : undefined;
    if (speed === undefined || gapMs < CAUGHT_UP_WITHIN_MS * clock.speed || member.deck.live) {
      this.rejoin(member.id);
      return;
    }
    if (own.speed !== speed) member.deck.setSpeed(speed);
    member.deck.play();
  }

  private detach(member: Member, at: EpochMs): void {
    member.deck = this.newDeck(at, this.main.clock.speed);
    member.tile.moveTo(member.deck.clock);
    member.patience.renew(PATIENCE_FOCUSED_MS);
  }

  private newDeck(at: EpochMs, speed: number): Deck {
    const deck = new Deck(this.options.now, at, speed);
    deck.clock.subscribe((change) => {
      if (change !== "seek") return;
      for (const member of this.members.values()) {
        if (member.deck === deck) member.patience.renew(member === this.lead ? PATIENCE_FOCUSED_MS : PATIENCE_MS);
      }
    });
    return deck;
  }

  private snapshot(present: EpochMs, sound: SoundState): WallSnapshot {
    const tiles = new Map<string, Snapshot>();
    for (const member of this.members.values()) {
      const shot = snapshotOf(member, present, member === this.listened ? sound : "elsewhere");
      if (shot) tiles.set(member.id, shot);
    }
    const lead = this.lead;
    return { tiles, lead: lead && tiles.get(lead.id), sound };
  }

  private get lead(): Member | undefined {
    const chosen = this.focused === undefined ? undefined : this.members.get(this.focused);
    return chosen ?? this.members.values().next().value;
  }

  private get listened(): Member | undefined {
    const chosen = this.heard === undefined ? undefined : this.members.get(this.heard);
    return chosen ?? this.members.values().next().value;
  }

  private decks(): Set<Deck> {
    return new Set([this.main, ...[...this.members.values()].map((member) => member.deck)]);
  }

  /** Who follows the clock and is seen; when nobody is, whoever follows it. */
  private inSight(deck: Deck): Member[] {
    const followers = [...this.members.values()].filter((member) => member.deck === deck);
    const seen = followers.filter((member) => !member.hidden);
    return seen.length > 0 ? seen : followers;
  }

  private anyKnown(): boolean {
    return [...this.members.values()].some((member) => member.recording && member.recording.spans.length > 0);
  }
}
