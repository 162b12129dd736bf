import { describe, expect, it } from "vitest";
import type { User } from "@/api/people";
import { assign, type Assignment, type Calls, isSo } from "./assignment";

const person = (id: string, more: Partial<User> = {}): User => ({
  id, email: `${id}@news.example`, name: id, superadmin: false, disabled: false, secondFactor: false, addressProven: true,
  createdAt: "2026-11-20T06:00:00Z", memberships: [], ...more,
});
const editor = { organizationId: "news", organization: "News", role: "editor" as const };
const manager: Assignment = { kind: "member", organizationId: "news", role: "manager" };

function recorder(refuse: string[] = []) {
  const said: string[] = [];
  const say = (id: string, text: string) => {
    said.push(text);
    return refuse.includes(id) ? Promise.reject(new Error("no")) : Promise.resolve();
  };
  const calls: Calls = {
    setMember: (organization, id, role) => say(id, `${id} ${role} in ${organization}`),
    removeMember: (organization, id) => say(id, `${id} out of ${organization}`),
    setSuperadmin: (id, on) => say(id, `${id} superadmin ${String(on)}`),
  };
  return { said, calls };
}

describe("assign", () => {
  it("asks for each person, and for nobody who is that already", async () => {
    const { said, calls } = recorder();
    const people = [person("anna", { memberships: [editor] }), person("boris", { memberships: [{ ...editor, role: "manager" }] }), person("chen")];
    const outcome = await assign(people, manager, calls);
    expect(said).toEqual(["anna manager in news", "chen manager in news"]);
    expect(outcome.done).toHaveLength(3);
  });

  it("goes on after a refusal and names whom it did not reach", async () => {
    const { said, calls } = recorder(["anna"]);
    const outcome = await assign([person("anna", { superadmin: true }), person("boris", { superadmin: true })], { kind: "superadmin", on: false }, calls);
    expect(said).toEqual(["anna superadmin false", "boris superadmin false"]);
    expect(outcome.refused.map(({ user }) => user.id)).toEqual(["anna"]);
    expect(outcome.done.map(({ id }) => id)).toEqual(["boris"]);
  });

  it("takes people out only of what they are in", async () => {
    const { said, calls } = recorder();
    await assign([person("anna", { memberships: [editor] }), person("boris")], { kind: "out", organizationId: "news" }, calls);
    expect(said).toEqual(["anna out of news"]);
  });
});

describe("isSo", () => {
  it("tells organizations apart", () => {
    expect(isSo(person("anna", { memberships: [{ ...editor, role: "manager" }] }), { ...manager, organizationId: "club" })).toBe(false);
  });
});
