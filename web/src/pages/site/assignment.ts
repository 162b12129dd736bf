import type { MembershipRole, User } from "@/api/people";

/** What is to become of the selected people. */
export type Assignment =
  | { kind: "member"; organizationId: string; role: MembershipRole }
  | { kind: "out"; organizationId: string }
  | { kind: "superadmin"; on: boolean };

export interface Calls {
  setMember(organizationId: string, userId: string, role: MembershipRole): Promise<unknown>;
  removeMember(organizationId: string, userId: string): Promise<unknown>;
  setSuperadmin(userId: string, on: boolean): Promise<unknown>;
}

export interface Outcome {
  done: User[];
  refused: { user: User; reason: unknown }[];
}

/** Already so: nothing to ask of the server, and nothing for the audit to say. */
export function isSo(user: User, assignment: Assignment): boolean {
  if (assignment.kind === "superadmin") return user.superadmin === assignment.on;
  const membership = user.memberships.find(({ organizationId }) => organizationId === assignment.organizationId);
  return assignment.kind === "out" ? membership === undefined : membership?.role === assignment.role;
}

/** One after the other, so that a refusal of one says nothing of the next; each is reported. */
export async function assign(people: readonly User[], assignment: Assignment, calls: Calls): Promise<Outcome> {
  const outcome: Outcome = { done: [], refused: [] };
  for (const user of people) {
    try {
      if (!isSo(user, assignment)) await assignOne(user.id, assignment, calls);
      outcome.done.push(user);
    } catch (reason) {
      outcome.refused.push({ user, reason });
    }
  }
  return outcome;
}

function assignOne(userId: string, assignment: Assignment, calls: Calls): Promise<unknown> {
  if (assignment.kind === "superadmin") return calls.setSuperadmin(userId, assignment.on);
  if (assignment.kind === "out") return calls.removeMember(assignment.organizationId, userId);
  return calls.setMember(assignment.organizationId, userId, assignment.role);
}
