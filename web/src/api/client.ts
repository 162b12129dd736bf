import createClient from "openapi-fetch";
import { noticeServerDate } from "@/time/present";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Channel = Schemas["Channel"];
export type ChannelCreate = Schemas["ChannelCreate"];
export type ChannelEdit = Schemas["ChannelEdit"];
export type ChannelState = Schemas["ChannelState"];
export type GapCause = Schemas["GapCause"];
export type Me = Schemas["Me"];
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
  ) {
    super(message);
  }
}

const client = createClient<paths>({ baseUrl: API, credentials: "same-origin" });

let onSignedOut: () => void = () => undefined;

/** Called when an answer says that the session has ended. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

client.use({
  onRequest({ request }) {
    if (request.method !== "GET" && !request.headers.has("Content-Type")) {
      request.headers.set("Content-Type", "application/json");
    }
    return request;
  },
  onResponse({ response, schemaPath }) {
    const date = response.headers.get("Date");
    if (date) noticeServerDate(Date.parse(date));
    if (response.status === 401 && schemaPath !== "/session") onSignedOut();
    return response;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (reason) {
    throw new ApiError(0, "urn:longtake:unreachable", reason instanceof Error ? reason.message : String(reason));
  }
  if (answer.response.ok) return answer.data as T;
  throw toApiError(answer.response.status, answer.error);
}

export function toApiError(status: number, body: unknown): ApiError {
  if (!isProblem(body)) return new ApiError(status, "urn:longtake:internal", `HTTP ${status}`);
  const fields: Record<string, string> = {};
  for (const { field, message } of body.errors ?? []) fields[field] = message;
  return new ApiError(status, body.type, body.detail ?? body.title, fields);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && "title" in body;
}

export const api = {
  me: () => unwrap(client.GET("/me")),
  signIn: (email: string, password: string) => unwrap(client.POST("/session", { body: { email, password } })),
  signOut: () => unwrap(client.DELETE("/session")),
  storage: () => unwrap(client.GET("/storage")),

  async channels(): Promise<Channel[]> {
    const all: Channel[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? { limit: 200 } : { limit: 200, cursor };
      const page = await unwrap(client.GET("/channels", { params: { query } }));
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return all;
  },

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
