import { describe, expect, it, vi } from "vitest";
import { beginEra, toApiError, unwrap, whenForbidden, whenSignedOut } from "./client";

const refusal = (status: number, type: string) => ({ error: { type, title: "No", status }, response: new Response(null, { status }) });

describe("toApiError", () => {
  it("keeps what is for programs: bad fields, and how a share ended", () => {
    const ended = { how: "revoked", at: "2026-11-21T08:41:18.084249Z", organization: "City News" } as const;
    const body = { type: "urn:longtake:share-ended", title: "This share was revoked", status: 410, ended };
    expect(toApiError(410, body).ended).toEqual(ended);
    const bad = { type: "urn:longtake:invalid", title: "Bad", status: 400, errors: [{ field: "name", message: "must not be empty" }] };
    expect(toApiError(400, bad)).toMatchObject({ fields: { name: "must not be empty" }, ended: undefined });
  });

  it("reads nothing into what is no problem of ours", () => {
    expect(toApiError(502, "<html>")).toMatchObject({ status: 502, type: "urn:longtake:internal", message: "HTTP 502" });
  });
});

describe("unwrap", () => {
  it("tells of an ended session, and not of a wrong password or of a session before this one", async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    await expect(unwrap(Promise.resolve(refusal(401, "urn:longtake:bad-credentials")))).rejects.toThrow("No");
    const late = unwrap(Promise.resolve(refusal(401, "urn:longtake:signed-out")));
    beginEra();
    await expect(late).rejects.toThrow("No");
    expect(ended).not.toHaveBeenCalled();
    await expect(unwrap(Promise.resolve(refusal(401, "urn:longtake:signed-out")))).rejects.toThrow("No");
    expect(ended).toHaveBeenCalledOnce();
  });

  it("tells of what the caller may no longer do", async () => {
    const forbidden = vi.fn();
    whenForbidden(forbidden);
    for (const type of ["urn:longtake:forbidden", "urn:longtake:no-organization", "urn:longtake:bad-link"]) {
      await expect(unwrap(Promise.resolve(refusal(403, type)))).rejects.toThrow("No");
    }
    expect(forbidden).toHaveBeenCalledTimes(2);
  });
});
