// Every operation of the contract, asked by every role, by a stranger of another organization and by nobody: the
// answers are those of docs/reference/permissions.md.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askForClip, cutClip } from "../support/clips.ts";
import { columns, permissionTable, type Column, type Word } from "../support/contract.ts";
import { operations, type Operation } from "../support/openapi.ts";
import { Browser, addPerson, password, superadmin, type Me } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { totp } from "../support/visitor.ts";

const from = "2026-01-15T12:00:01Z";
const to = "2026-01-15T12:00:05Z";
const range = `from=${from}&to=${to}`;

/** One organization with what an operation can be done to. */
type World = {
  readonly id: string;
  readonly channel: string;
  /** A member nobody signs in as. */
  readonly member: string;
  /** The superadmin's browser, acting here. */
  readonly root: Browser;
  /** What must never be shown to a stranger. */
  readonly marks: readonly string[];
  readonly roles: { readonly lead: string; readonly other: string };
};
/** Who asks, and of which world. */
type Walker = { readonly column: Column; readonly email: string; browser: Browser; readonly world: World; readonly ownWorld: World };
type Request = { path?: Record<string, string>; query?: string; body?: unknown; after?: () => Promise<unknown> };
type Recipe = (walker: Walker) => Promise<Request> | Request;

let server: Server;
let desk: World;
let club: World;
let walkers: Map<Column, Walker>;
let counter = 0;
const fresh = (what: string): string => `${what}-${++counter}`;

async function makeWorld(root: Browser, slug: string, kind: "desk" | "club"): Promise<World> {
  const { id } = await root.ask<{ id: string }>("POST", "/organizations", { name: `Named ${slug}`, slug, kind });
  await root.ask("POST", "/session/organization", { organizationId: id });
  const made = await root.ask<{ id: string }>("POST", "/channels", {
    name: `Channel of ${slug}`, source: { url: "http://127.0.0.1:9/none.m3u8" }, start: false,
  });
  const roles = kind === "desk" ? { lead: "manager", other: "reader" } : { lead: "owner", other: "player" };
  const spare = await addPerson(server, `spare-${slug}`, roles.other, slug);
  const member = (await spare.ask<Me>("GET", "/me")).id;
  return { id, channel: made.id, member, root, roles, marks: [`Named ${slug}`, `Channel of ${slug}`, `spare-${slug}@`] };
}

async function rootOf(): Promise<Browser> {
  const browser = new Browser(server);
  const { email } = await (await superadmin(server)).ask<Me>("GET", "/me");
  await browser.signIn(email, "a long enough password 42");
  return browser;
}

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_FIRST_RETRY_MS: "300" } });
  desk = await makeWorld(await rootOf(), "walked-desk", "desk");
  club = await makeWorld(await rootOf(), "walked-club", "club");
  const elsewhere = await makeWorld(await rootOf(), "strangers", "desk");
  const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
  await server.halt();
  for (const slug of ["walked-desk", "walked-club"]) {
    const words = ["import", `Channel of ${slug}`, file, "--at", "2026-01-15T12:00:00Z", "--organization", slug];
    const done = await server.command(words);
    if (done.code !== 0) throw new Error(done.stderr);
  }
  await server.resume();
  walkers = new Map();
  for (const column of columns) {
    const world = column === "owner" || column === "player" ? club : desk;
    const ownWorld = column === "stranger" ? elsewhere : world;
    const slug = column === "stranger" ? "strangers" : column === "owner" || column === "player" ? "walked-club" : "walked-desk";
    const role = column === "stranger" ? "manager" : column;
    const browser = column === "signed out" ? new Browser(server) : await addPerson(server, `walks-${column}`, role, slug);
    walkers.set(column, { column, email: `walks-${column}@longtake.test`, browser, world, ownWorld });
  }
});
afterAll(async () => {
  await server?.stop();
});

const there = (walker: Walker, more: Record<string, string> = {}): Request => ({ path: { organizationId: walker.world.id, ...more } });
const channel = (walker: Walker, query = "", more: Record<string, string> = {}): Request => ({
  path: { channelId: walker.world.channel, ...more }, query,
});
const whole = (walker: Walker): boolean => walker.column === "superadmin";
/** Whose things a walker asks for: a stranger for those of the desk's superadmin, others for their own. */
const owner = (walker: Walker): Browser => (walker.column === "stranger" || walker.column === "signed out" ? walker.world.root : walker.browser);

const invited = async (walker: Walker): Promise<{ invitation: { id: string }; url: string }> =>
  walker.world.root.ask("POST", `/organizations/${walker.world.id}/invitations`, {
    email: `${fresh("invited")}@longtake.test`, role: walker.world.roles.other,
  });
const secretOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
const newChannel = async (walker: Walker): Promise<Request> => {
  const made = await walker.world.root.ask<{ id: string }>("POST", "/channels", {
    name: fresh("walk"), source: { url: "http://127.0.0.1:9/none.m3u8" }, start: false,
  });
  return { path: { channelId: made.id } };
};
const newTemplate = async (walker: Walker): Promise<Request> => {
  const made = await walker.world.root.ask<{ id: string }>("POST", "/note-templates", { name: fresh("template"), fields: [] });
  return { path: { templateId: made.id } };
};
/** Of the walker's own, where they may write one: others' are not theirs to edit. */
const newNote = async (walker: Walker): Promise<Request> => {
  const writer = permissionTable().get("createNote")?.[walker.column] === "yes" ? walker.browser : walker.world.root;
  const made = await writer.ask<{ id: string }>("POST", "/notes", { channelId: walker.world.channel, at: from, text: fresh("walked") });
  return { path: { noteId: made.id } };
};
const sessionOf = async (walker: Walker): Promise<string> => {
  const list = await owner(walker).ask<{ items: { id: string; current: boolean }[] }>("GET", "/me/sessions");
  return list.items[0]?.id ?? "";
};
const share = { from, to, title: "Walked", lives: "24h" };
const shared = (walker: Walker, browser = walker.world.root): Promise<{ share: { id: string }; url: string }> =>
  browser.ask("POST", "/shares", { channelId: walker.world.channel, ...share });
const mayShare = (walker: Walker): boolean => permissionTable().get("createShare")?.[walker.column] === "yes";

/** A layout of the caller's own; of the superadmin's, for who may have none or is of elsewhere. */
async function ownLayout(walker: Walker): Promise<{ layoutId: string }> {
  const maker = permissionTable().get("getLayout")?.[walker.column] === "yes" ? walker.browser : walker.world.root;
  const made = await maker.ask<{ id: string }>("POST", "/layouts", { name: fresh("walk"), grid: 1, channels: [walker.world.channel] });
  return { layoutId: made.id };
}
const mayCut = (walker: Walker): boolean => permissionTable().get("createClips")?.[walker.column] === "yes";
/** Made by the walker, or by the superadmin for those who make none. */
async function ownClip(walker: Walker, range: object = { from, to }): Promise<Request & { path: { clipId: string } }> {
  const clip = await askForClip(mayCut(walker) ? walker.browser : walker.world.root, { channelId: walker.world.channel, ...range });
  return { path: { clipId: clip.id } };
}
async function ownScreenshot(walker: Walker): Promise<Request> {
  const by = mayCut(walker) ? walker.browser : walker.world.root;
  const shot = await by.ask<{ id: string }>("POST", "/screenshots", { channelId: walker.world.channel, at: from });
  return { path: { screenshotId: shot.id } };
}
/** One of each world is enough for who only looks. */
const ready = new Map<string, Promise<string>>();
async function readyClip(walker: Walker): Promise<Request> {
  const { id, root, channel: channelId } = walker.world;
  const made = ready.get(id) ?? cutClip(root, { channelId, from, to }).then((clip) => clip.id);
  ready.set(id, made);
  return { path: { clipId: await made } };
}
/** It waits for what is not recorded yet. */
const waitingClip = (walker: Walker): Promise<Request & { path: { clipId: string } }> =>
  ownClip(walker, { from: new Date().toISOString(), to: new Date(Date.now() + 300_000).toISOString() });
async function cancelledClip(walker: Walker): Promise<Request> {
  const request = await waitingClip(walker);
  await walker.world.root.ask("POST", `/clips/${request.path.clipId}/actions/cancel`);
  return request;
}

/** A tile that has shown five seconds of the channel, a minute ago. */
function viewed(channelId: string): Record<string, unknown> {
  const at = (ago: number): string => new Date(Date.now() - ago * 1000).toISOString();
  return { channelId, from: at(65), to: at(60), shownFrom: at(65), shownTo: at(60), speed: 1, mode: "all" };
}

async function confirmation(walker: Walker): Promise<Request> {
  if (walker.column === "signed out") return { body: { code: "123456" } };
  await walker.browser.call("POST", "/me/second-factor/off", { password });
  const { secret } = await walker.browser.ask<{ secret: string }>("POST", "/me/second-factor", { password });
  return { body: { code: totp(secret) }, after: () => walker.browser.ask("POST", "/me/second-factor/off", { password }) };
}

/** Codes are renewed where the second factor is on. */
async function recoverable(walker: Walker): Promise<Request> {
  const { body, after } = await confirmation(walker);
  if (after) await walker.browser.ask("PUT", "/me/second-factor", body);
  return { body: { password }, ...(after ? { after } : {}) };
}

async function hlsChild(walker: Walker): Promise<Request> {
  const master = await walker.world.root.fetch(`/channels/${walker.world.channel}/hls/master.m3u8?${range}`);
  const line = (await master.text()).split("\n").find((one) => one && !one.startsWith("#")) ?? "";
  const [child = "", query = ""] = line.split("?");
  return channel(walker, query, { child });
}

/** How each operation is asked so that it would be done: head... operations are asked as their get... */
const recipes: Record<string, Recipe> = {
  signIn: (w) => ({ body: { email: w.world === club ? "spare-walked-club@longtake.test" : "spare-walked-desk@longtake.test", password } }),
  signOut: () => ({}),
  getMe: () => ({}),
  getSecondFactor: () => ({}),
  editMe: (w) => ({ body: { name: `walks ${w.column}` } }),
  switchOrganization: (w) => ({ body: { organizationId: w.world.id } }),
  getSignInOptions: () => ({}),
  startOpenId: () => ({ path: { provider: "nobody" } }),
  finishOpenId: () => ({ path: { provider: "nobody" }, query: "code=x&state=y" }),
  requestPasswordReset: () => ({ body: { email: `${fresh("nobody")}@longtake.test` } }),
  resetPassword: () => ({ path: { token: "x".repeat(43) }, body: { password: "quiet lamps of seven" } }),
  changePassword: () => ({ body: { present: password, password } }),
  listMySessions: () => ({}),
  endMySessions: () => ({}),
  endMySession: async (w) => ({ path: { sessionId: await sessionOf(w) } }),
  beginSecondFactor: () => ({ body: { password } }),
  confirmSecondFactor: confirmation,
  renewRecoveryCodes: recoverable,
  endSecondFactor: () => ({ body: { password } }),
  exportMyData: () => ({}),
  getPrivacy: () => ({}),
  getHome: () => ({}),
  listOrganizations: () => ({}),
  createOrganization: () => ({ body: { name: "Walk", slug: fresh("walk") } }),
  getOrganization: (w) => there(w),
  editOrganization: (w) => ({ ...there(w), body: { timeZone: "Europe/Madrid" } }),
  removeOrganization: async (w) => {
    if (!whole(w)) return there(w);
    const made = await w.world.root.ask<{ id: string }>("POST", "/organizations", { name: "Gone", slug: fresh("gone") });
    return { path: { organizationId: made.id } };
  },
  listMembers: (w) => there(w),
  setMember: (w) => ({ ...there(w, { userId: w.world.member }), body: { role: w.world.roles.other } }),
  removeMember: async (w) => {
    await w.world.root.ask("PUT", `/organizations/${w.world.id}/members/${w.world.member}`, { role: w.world.roles.other });
    return { ...there(w, { userId: w.world.member }) };
  },
  listInvitations: (w) => there(w),
  invite: (w) => ({ ...there(w), body: { email: `${fresh("invited")}@longtake.test`, role: w.world.roles.other } }),
  revokeInvitation: async (w) => there(w, { invitationId: (await invited(w)).invitation.id }),
  getInvitation: async (w) => ({ path: { token: secretOf((await invited(w)).url) } }),
  acceptInvitation: async (w) => ({ path: { token: secretOf((await invited(w)).url) }, body: { name: "Walked", password } }),
  listUsers: () => ({}),
  getUser: (w) => ({ path: { userId: w.world.member } }),
  editUser: (w) => ({ path: { userId: w.world.member }, body: { name: "spare" } }),
  eraseUser: async (w) => {
    if (!whole(w)) return { path: { userId: w.world.member } };
    const name = fresh("erased");
    const person = await addPerson(server, name, "reader", "walked-desk");
    return { path: { userId: (await person.ask<Me>("GET", "/me")).id } };
  },
  exportUserData: (w) => ({ path: { userId: w.world.member } }),
  listUserSessions: (w) => ({ path: { userId: w.world.member } }),
  endUserSessions: (w) => ({ path: { userId: w.world.member } }),
  listTokens: () => ({}),
  createToken: () => ({ body: { name: "walk", scopes: ["watch"] } }),
  revokeToken: async (w) => {
    const maker = w.column === "reader" || w.column === "player" ? undefined : owner(w);
    if (!maker) return { path: { tokenId: await commandToken(w) } };
    const made = await maker.ask<{ token: { id: string } }>("POST", "/tokens", { name: "walk", scopes: ["watch"] });
    return { path: { tokenId: made.token.id } };
  },
  listAudit: () => ({}),
  exportAudit: () => ({}),
  verifyAudit: () => ({}),
  createLink: (w) => ({ ...channel(w), body: { view: "video.mp4", from, to } }),
  rotateSigningKey: () => ({ body: { endOpenLinks: false } }),
  listShares: () => ({}),
  createShare: (w) => ({ body: { channelId: w.world.channel, ...share } }),
  revokeShare: async (w) => ({ path: { shareId: (await shared(w, mayShare(w) ? w.browser : w.world.root)).share.id } }),
  getShared: async (w) => ({ path: { token: secretOf((await shared(w)).url) } }),
  openShared: async (w) => ({ path: { token: secretOf((await shared(w)).url) }, body: { pin: "0000" } }),
  listLayouts: () => ({}),
  createLayout: (w) => ({ body: { name: fresh("walk"), grid: 4, channels: [w.world.channel] } }),
  getLayout: async (w) => ({ path: await ownLayout(w) }),
  editLayout: async (w) => ({ path: await ownLayout(w), body: { grid: 9 } }),
  removeLayout: async (w) => ({ path: await ownLayout(w) }),
  listNoteTemplates: () => ({}),
  createNoteTemplate: () => ({ body: { name: fresh("template"), fields: [] } }),
  getNoteTemplate: newTemplate,
  editNoteTemplate: async (w) => ({ ...(await newTemplate(w)), body: { name: fresh("template") } }),
  removeNoteTemplate: newTemplate,
  listNotes: () => ({}),
  createNote: (w) => ({ body: { channelId: w.world.channel, at: from, text: "walked" } }),
  getNote: newNote,
  editNote: async (w) => ({ ...(await newNote(w)), body: { text: "walked on" } }),
  removeNote: newNote,
  listNoteRevisions: newNote,
  listNoteTags: () => ({}),
  listColleagues: () => ({}),
  listChannels: () => ({}),
  createChannel: () => ({ body: { name: fresh("walk"), source: { url: "http://127.0.0.1:9/none.m3u8" }, start: false } }),
  getChannel: (w) => channel(w),
  editChannel: async (w) => ({ ...(await newChannel(w)), body: { name: fresh("walk") } }),
  removeChannel: newChannel,
  startChannel: newChannel,
  stopChannel: newChannel,
  testSource: () => ({ body: { source: { url: "http://127.0.0.1:9/none.m3u8" } } }),
  getTimeline: (w) => channel(w, range),
  getCoverage: (w) => ({ query: `channelId=${w.world.channel}&${range}` }),
  reportCoverage: (w) => ({ body: { reports: [viewed(w.world.channel)] } }),
  findUncovered: (w) => ({ query: `channelId=${w.world.channel}&at=${from}` }),
  getCoverageTotals: () => ({ query: range }),
  getCoveragePosition: () => ({}),
  streamEvents: () => ({}),
  getStorage: () => ({}),
  getHlsMaster: (w) => channel(w, range),
  getHlsChild: hlsChild,
  getVideo: (w) => channel(w, range),
  getFrame: (w) => channel(w, `at=${from}`, { format: "jpg" }),
  getSprite: (w) => channel(w, `${range}&step=1000`),
  getSpriteMap: (w) => channel(w, `${range}&step=1000`),
  getMedia: (w) => channel(w, `${range}&base=${from}`),
  listClips: () => ({}),
  createClips: (w) => ({ body: { channelId: w.world.channel, from, to } }),
  getClip: readyClip,
  editClip: async (w) => ({ ...(await ownClip(w)), body: { title: "Walked" } }),
  removeClip: ownClip,
  getClipLimits: () => ({}),
  retryClip: cancelledClip,
  cancelClip: waitingClip,
  createClipLink: async (w) => ({ ...(await readyClip(w)), body: {} }),
  getClipFile: readyClip,
  getClipPoster: readyClip,
  listScreenshots: () => ({}),
  keepScreenshot: (w) => ({ body: { channelId: w.world.channel, at: from } }),
  getScreenshot: ownScreenshot,
  editScreenshot: async (w) => ({ ...(await ownScreenshot(w)), body: { noteId: null } }),
  removeScreenshot: ownScreenshot,
  getScreenshotFile: ownScreenshot,
  getScreenshotBurnedIn: ownScreenshot,
};

/** A token of somebody whose role has nothing a token could carry. */
async function commandToken(walker: Walker): Promise<string> {
  const made = await server.command(["token", "add", "--user", walker.email, "--json"]);
  if (made.code !== 0) throw new Error(made.stderr);
  const { items } = await walker.browser.ask<{ items: { id: string }[] }>("GET", "/tokens");
  return items[0]?.id ?? "";
}

/** After these the walker's session is another or none. */
const endsSession = new Set(["signIn", "signOut", "endMySessions", "endMySession", "changePassword", "acceptInvitation", "switchOrganization", "confirmSecondFactor"]);

type Answered = { status: number; text: string; type: string };

async function ask(browser: Browser, operation: Operation, request: Request): Promise<Answered> {
  let path = operation.path;
  for (const [name, value] of Object.entries(request.path ?? {})) path = path.replace(`{${name}}`, value);
  if (request.query) path += `?${request.query}`;
  const stop = new AbortController();
  const init: RequestInit = { method: operation.method, signal: stop.signal };
  if (request.body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(request.body);
  }
  const answer = await browser.fetch(path, init);
  const type = answer.headers.get("Content-Type") ?? "";
  const readable = /json|text\/csv|mpegurl/.test(type);
  const text = readable ? await answer.text() : "";
  if (!readable) stop.abort();
  return { status: answer.status, text, type };
}

/** What the answer says, in the table's words; anything else as it came. */
function wordOf({ status, text }: Answered, wanted: Word): string {
  const problem = /"type":"urn:longtake:([\w-]+)"/.exec(text)?.[1] ?? "";
  if (wanted === "open") return [200, 201, 202, 204, 302, 401, 404, 429].includes(status) && problem !== "signed-out" ? "open" : `${status} ${text}`;
  if (status === 401 && problem !== "bad-credentials") return "sign in";
  if (status === 403) return "no";
  // Nobody answers at the address that is tested: the source's failure is the answer.
  if ((status >= 200 && status < 400) || problem.startsWith("source-")) return wanted === "own" ? "own" : "yes";
  if (status === 404) return "hidden";
  return `${status} ${text}`;
}

const table = permissionTable();

/** Whether the server knows the operation: the page answers what the API does not. */
async function isRouted(operation: Operation): Promise<boolean> {
  const root = walkers.get("superadmin")?.browser ?? new Browser(server);
  const path = operation.path.replace(/\{\w+\}/g, "1");
  const options = await root.fetch(path, { method: "OPTIONS" });
  const allowed = (options.headers.get("Allow") ?? "").split(", ");
  if (!allowed.includes(operation.method)) return false;
  if (!["GET", "HEAD"].includes(operation.method) || allowed.length > 3) return true;
  const { body } = await new Browser(server).call<unknown>("GET", path);
  return !JSON.stringify(body).includes(`there is nothing at /api/v1${path}`);
}

test("the table has a row for every operation, and the walk a way to ask it", () => {
  expect([...table.keys()].sort()).toEqual(operations.map((one) => one.id).sort());
  expect(operations.filter((one) => !recipes[one.id.replace(/^head/, "get")]).map((one) => one.id)).toEqual([]);
});

describe("every operation, asked by everybody", () => {
  for (const operation of operations)
    test(operation.id, async () => {
      expect(await isRouted(operation), `${operation.method} ${operation.path} is there`).toBe(true);
      const row = table.get(operation.id);
      const recipe = recipes[operation.id.replace(/^head/, "get")];
      if (!row || !recipe) throw new Error("no row or recipe");
      const said: Record<string, string> = {};
      for (const column of columns) {
        const walker = walkers.get(column);
        if (!walker) throw new Error(column);
        const request = await recipe(walker);
        const answer = await ask(walker.browser, operation, request);
        said[column] = wordOf(answer, row[column]);
        if (row[column] === "own")
          for (const mark of walker.world.marks) expect(answer.text, `${operation.id} tells a stranger`).not.toContain(mark);
        await request.after?.();
        if (endsSession.has(operation.id) && column !== "signed out") {
          walker.browser = new Browser(server);
          await walker.browser.signIn(walker.email);
        }
        if (column === "signed out") walker.browser = new Browser(server);
      }
      expect(said).toEqual(Object.fromEntries(columns.map((column) => [column, row[column]])));
    });
});
