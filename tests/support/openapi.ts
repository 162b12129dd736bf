// api/openapi.yaml as tests walk it: every operation with its parameters, bodies and answers, and schemas that can
// check what a server says.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { root } from "./process.ts";

export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
};
export type Parameter = { name: string; in: "path" | "query" | "header"; required?: boolean; schema: Schema };
type Content = Record<string, { schema?: Schema }>;
type Answer = { description: string; content?: Content };
export type Operation = {
  id: string;
  method: string;
  /** "/channels/{channelId}", under /api/v1. */
  path: string;
  parameters: Parameter[];
  /** Of the JSON body, if it takes one. */
  body: Schema | undefined;
  /** By status. */
  answers: Record<string, Answer>;
  /** Asks for no session. */
  open: boolean;
};

type Raw = Record<string, unknown>;
const document = parse(readFileSync(join(root, "api/openapi.yaml"), "utf8")) as Raw;

/** What a $ref leads to, else the thing itself. */
export function resolve<T>(thing: T | { $ref: string }): T {
  if (typeof thing !== "object" || thing === null || !("$ref" in thing) || typeof thing.$ref !== "string") return thing as T;
  let found: unknown = document;
  for (const step of thing.$ref.slice(2).split("/")) found = (found as Raw)[step];
  return resolve(found as T);
}

const methods = ["get", "head", "post", "put", "patch", "delete"];

export const operations: readonly Operation[] = Object.entries(document["paths"] as Raw).flatMap(([path, value]) => {
  const item = value as Raw & { parameters?: unknown[] };
  return methods
    .filter((method) => method in item)
    .map((method): Operation => {
      const raw = item[method] as Raw & { operationId: string; parameters?: unknown[]; responses: Raw; security?: unknown[] };
      const body = resolve(raw["requestBody"] as { content?: Content } | undefined);
      return {
        id: raw.operationId,
        method: method.toUpperCase(),
        path,
        parameters: [...(item.parameters ?? []), ...(raw.parameters ?? [])].map((one) => resolve(one as Parameter)),
        body: body?.content?.["application/json"]?.schema,
        answers: Object.fromEntries(Object.entries(raw.responses).map(([status, one]) => [status, resolve(one as Answer)])),
        open: Array.isArray(raw.security) && raw.security.length === 0,
      };
    });
});

export function operation(id: string): Operation {
  const found = operations.find((one) => one.id === id);
  if (!found) throw new Error(`the contract has no operation ${id}`);
  return found;
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/);
ajv.addFormat("int64", { type: "number", validate: Number.isSafeInteger });
ajv.addFormat("binary", true);
ajv.addSchema(document, "contract");
const checks = new Map<string, ValidateFunction>();

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === "$ref" && typeof value === "string" ? `contract${value}` : absolute(value)]),
  );
}

/** Why the value is not what the schema says; empty when it is. */
export function mismatch(schema: Schema, value: unknown): string {
  const key = JSON.stringify(schema);
  let check = checks.get(key);
  if (!check) {
    check = ajv.compile(absolute(schema) as object);
    checks.set(key, check);
  }
  return check(value) ? "" : ajv.errorsText(check.errors);
}

/** What any operation may say, beside what it promises: refusals by the server itself. */
const anywhere = new Set([400, 401, 403, 404, 405, 413, 414, 415, 429, 431]);
const problem: Schema = { $ref: "#/components/schemas/Problem" };

export type Said = { status: number; headers: Headers; text: string };

/** Why the answer is none of those the contract promises of the operation; empty when it is one. */
export function breach(one: Operation, said: Said): string {
  const type = said.headers.get("content-type")?.split(";")[0] ?? "";
  const promised = one.answers[String(said.status)];
  if (!promised && !(said.status >= 400 && anywhere.has(said.status))) return `${one.id} answers ${said.status}, which it does not promise: ${said.text.slice(0, 300)}`;
  if (one.method === "HEAD" || said.status === 204 || said.status === 304) return said.text === "" ? "" : `${one.id} has a body in its ${said.status}`;
  const content = promised?.content ?? (said.status >= 400 ? { "application/problem+json": { schema: problem } } : undefined);
  if (!content) return said.text === "" ? "" : `${one.id} ${said.status} has a body that is not promised: ${said.text.slice(0, 200)}`;
  const schema = content[type]?.schema;
  if (!(type in content)) return `${one.id} ${said.status} is of type '${type}', not ${Object.keys(content).join(", ")}`;
  if (!schema || !type.includes("json")) return "";
  try {
    const why = mismatch(schema, JSON.parse(said.text));
    return why && `${one.id} ${said.status}: ${why} in ${said.text.slice(0, 300)}`;
  } catch {
    return `${one.id} ${said.status} is no JSON: ${said.text.slice(0, 200)}`;
  }
}
