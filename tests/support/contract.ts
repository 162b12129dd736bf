// The operations of api/openapi.yaml and the table of who may do them, as tests read them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.ts";

export type Operation = { readonly id: string; readonly method: string; readonly path: string };

/** Every operation: two columns in are paths, four are methods. */
export function operations(): Operation[] {
  const out: Operation[] = [];
  let inPaths = false;
  let path = "";
  let method = "";
  for (const line of readFileSync(join(root, "api/openapi.yaml"), "utf8").split("\n")) {
    if (/^\S/.test(line)) inPaths = line === "paths:";
    if (!inPaths) continue;
    path = /^ {2}(\/\S*):$/.exec(line)?.[1] ?? path;
    method = /^ {4}(get|head|post|put|patch|delete):$/.exec(line)?.[1]?.toUpperCase() ?? method;
    const id = /^ {6}operationId: (\w+)$/.exec(line)?.[1];
    if (id) out.push({ id, method, path });
  }
  return out;
}

export const columns = ["superadmin", "manager", "editor", "reader", "owner", "player", "stranger", "signed out"] as const;
export type Column = (typeof columns)[number];
export const words = ["yes", "own", "no", "hidden", "sign in", "open"] as const;
export type Word = (typeof words)[number];
export type Row = { readonly permission: string } & Readonly<Record<Column, Word>>;

/** docs/reference/permissions.md by operationId. */
export function permissionTable(): Map<string, Row> {
  const table = new Map<string, Row>();
  for (const line of readFileSync(join(root, "docs/reference/permissions.md"), "utf8").split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const id = /^`(\w+)`$/.exec(cells[1] ?? "")?.[1];
    if (!id) continue;
    const said = columns.map((column, i) => {
      const word = cells[3 + i];
      if (!words.includes(word as Word)) throw new Error(`${id}, ${column}: '${word ?? ""}' is none of ${words.join(", ")}`);
      return [column, word];
    });
    table.set(id, { permission: cells[2], ...Object.fromEntries(said) } as Row);
  }
  return table;
}
