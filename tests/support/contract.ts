// The table of who may do which operation of the contract, as tests read it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.ts";

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
