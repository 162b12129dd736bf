import createClient from "openapi-fetch";
import { noticeServerDate } from "@/time/present";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Channel = Schemas["Channel"];
export type ChannelCreate = Schemas["ChannelCreate"];
export type ChannelEdit = Schemas["ChannelEdit"];
export type ChannelState = Schemas["ChannelState"];
export type GapCause = Schemas["GapCause"];
export type Me = Schemas["Me"];
export type Permission = Schemas["Permission"];
export type Role = Schemas["Role"];
export type Problem = Schemas["Problem"];
export type SourceReport = Schemas["SourceReport"];
export type Storage = Schemas["Storage"];
export type Timeline = Schemas["Timeline"];
export type Retention = Schemas["Retention"];

export const API = "/api/v1";

export function channelAddress(id: string): string {
  return `${API}/channels/${encodeURIComponent(id)}`;
}

/** What the server refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
    /** Of a share that has ended: when, how, and whom to ask. */
    readonly ended?: Schemas["ShareEnding"],
  ) {
    super(message);
  }
}

/** For the files beside this one, which name the calls. */
export const client = createClient<paths>({ baseUrl: API, credentials: "same-origin" });

let onSignedOut: () => void = () => undefined;
let onForbidden: () => void = () => undefined;

let era = 0;

/** Which session this page acts in: a sign-in, a sign-out and another organization each begin a new era. */
export function presentEra(): number {
  return era;
}

/** What was asked before says nothing of who is signed in from now on. */
export function beginEra(): void {
  era += 1;
}

/** Called when an answer says that the session has ended. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** Called when an answer says that the caller may not: what this page knows of the caller may be old. */
export function whenForbidden(listener: () => void): void {
  onForbidden = listener;
}

client.use({
  onRequest({ request }) {
    if (request.method !== "GET" && !request.headers.has("Content-Type")) {
      request.headers.set("Content-Type", "application/json");
    }
    return request;
  },
  onResponse({ response }) {
    const date = response.headers.get("Date");
    if (date) noticeServerDate(Date.parse(date));
    return response;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await unwrapWhole(call)).data;
}

/** With the answer's own headers. */
export async function unwrapWhole<T>(call: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const asked = era;
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (reason) {
    throw new ApiError(0, "urn:longtake:unreachable", reason instanceof Error ? reason.message : String(reason));
  }
  const { response } = answer;
  if (response.ok) return { data: answer.data as T, response };
  const failure = toApiError(response.status, answer.error);
  // A wrong password, code or PIN is a 401 too, and ends no session.
  const endsSession = failure.status === 401 && !["urn:longtake:bad-credentials", "urn:longtake:second-factor"].includes(failure.type);
  if (endsSession && asked === era) onSignedOut();
  if (["urn:longtake:forbidden", "urn:longtake:no-organization"].includes(failure.type) && asked === era) onForbidden();
  throw failure;
}

export function toApiError(status: number, body: unknown): ApiError {
  if (!isProblem(body)) return new ApiError(status, "urn:longtake:internal", `HTTP ${status}`);
  const fields: Record<string, string> = {};
  for (const { field, message } of body.errors ?? []) fields[field] = message;
  return new ApiError(status, body.type, body.detail ?? body.title, fields, body.ended);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && "title" in body;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Every page of a list. */
export async function everyPage<T>(page: (query: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor === undefined ? { limit: 200 } : { limit: 200, cursor });
    all.push(...items);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

export const api = {
  storage: () => unwrap(client.GET("/storage")),

  channels: () => everyPage<Channel>((query) => unwrap(client.GET("/channels", { params: { query } }))),

  channel: (id: string) => unwrap(client.GET("/channels/{channelId}", { params: { path: { channelId: id } } })),
  createChannel: (body: ChannelCreate) => unwrap(client.POST("/channels", { body })),
  editChannel: (channel: Channel, body: ChannelEdit) =>
    unwrap(
      client.PATCH("/channels/{channelId}", {
        params: { path: { channelId: channel.id }, header: { "If-Match": `"${channel.version}"` } },
        body,
      }),
    ),
  removeChannel: (id: string) =>
    unwrap(client.DELETE("/channels/{channelId}", { params: { path: { channelId: id } } })),
  startChannel: (id: string) =>
    unwrap(client.POST("/channels/{channelId}/actions/start", { params: { path: { channelId: id } } })),
  stopChannel: (id: string) =>
    unwrap(client.POST("/channels/{channelId}/actions/stop", { params: { path: { channelId: id } } })),

  testSource: (url: string, channelId: string | undefined, signal: AbortSignal) =>
    unwrap(
      client.POST("/sources/test", {
        body: channelId === undefined ? { source: { url } } : { source: { url }, channelId },
        signal,
      }),
    ),

  timeline: (id: string, from: string, to: string) =>
    unwrap(
      client.GET("/channels/{channelId}/timeline", { params: { path: { channelId: id }, query: { from, to } } }),
    ),
};
