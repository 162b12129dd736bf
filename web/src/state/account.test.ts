import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { account as calls } from "@/api/account";
import { ApiError, type Me, whenSignedOut } from "@/api/client";
import { useAccount } from "./account";

const person = (id: string): Me => ({
  id, email: `${id}@news.example`, name: id, role: "editor", permissions: ["be_known"], secondFactor: false, hasPassword: true,
  organization: { id: "news", slug: "news", name: "News", kind: "desk", timeZone: "UTC", language: "en" }, organizations: [],
});
const signedOut = new ApiError(401, "urn:longtake:signed-out", "no session");

/** A call whose answers come when the test says so, in any order. */
function answers<T>() {
  const asked: { resolve: (value: T) => void; reject: (reason: unknown) => void }[] = [];
  const call = () => new Promise<T>((resolve, reject) => asked.push({ resolve, reject }));
  return { asked, call };
}

describe("account", () => {
  let me: ReturnType<typeof answers<Me>>;

  beforeEach(() => {
    vi.restoreAllMocks();
    setActivePinia(createPinia());
    vi.stubGlobal("document", { cookie: "theme=dark; longtake_signed_in=1" });
    me = answers<Me>();
    vi.spyOn(calls, "me").mockImplementation(me.call);
    whenSignedOut(() => undefined);
  });

  it("asks nobody where nobody has signed in", async () => {
    vi.stubGlobal("document", { cookie: "theme=dark; not_longtake_signed_in=1" });
    expect(await useAccount().load()).toBeUndefined();
    expect(calls.me).not.toHaveBeenCalled();
  });

  it("asks once at the start, however many want to know, and keeps no hint that leads nowhere", async () => {
    const account = useAccount();
    const both = Promise.all([account.load(), account.load()]);
    me.asked[0]?.reject(signedOut);
    expect(await both).toEqual([undefined, undefined]);
    expect(me.asked).toHaveLength(1);
    expect(document.cookie).toMatch(/^longtake_signed_in=;.*Max-Age=0/);
  });

  it("takes no late answer about who was here before", async () => {
    const account = useAccount();
    const asking = account.refresh();
    await account.become(() => Promise.resolve(person("boris")));
    me.asked[0]?.resolve(person("anna"));
    await asking;
    expect(account.me?.id).toBe("boris");
    const again = account.refresh();
    await account.become(() => Promise.resolve(person("chen")));
    me.asked[1]?.reject(signedOut);
    await again;
    expect(account.me?.id).toBe("chen");
    expect(document.cookie).toMatch(/signed_in=1/);
  });

  it("asks nothing while a sign-in is on its way: the cookie of before is no longer one", async () => {
    const account = useAccount();
    await account.become(() => Promise.resolve(person("anna")));
    const entering = answers<Me>();
    const becoming = account.become(entering.call);
    const asking = account.refresh();
    await Promise.resolve();
    expect(me.asked).toHaveLength(0);
    entering.asked[0]?.resolve(person("boris"));
    await becoming;
    await vi.waitUntil(() => me.asked.length === 1);
    me.asked[0]?.resolve(person("boris"));
    expect((await asking)?.id).toBe("boris");
  });

  it("asks nothing after a sign-out, whatever is heard of it meanwhile", async () => {
    const account = useAccount();
    await account.become(() => Promise.resolve(person("anna")));
    const leave = answers<never>();
    vi.spyOn(calls, "signOut").mockImplementation(leave.call);
    const leaving = account.signOut();
    const asking = account.refresh();
    leave.asked[0]?.reject(signedOut);
    await Promise.all([leaving, asking]);
    expect(me.asked).toHaveLength(0);
  });

  it("asks once more when something changed while it asked", async () => {
    const account = useAccount();
    const asking = account.refresh();
    void account.refresh();
    void account.refresh();
    me.asked[0]?.resolve(person("anna"));
    await vi.waitUntil(() => me.asked.length === 2);
    me.asked[1]?.resolve({ ...person("anna"), role: "reader" });
    expect((await asking)?.role).toBe("reader");
    expect(me.asked).toHaveLength(2);
  });

  it("knows who belongs to no organization", async () => {
    const account = useAccount();
    const asking = account.load();
    me.asked[0]?.reject(new ApiError(403, "urn:longtake:no-organization", "you belong to no organization"));
    await asking;
    expect([account.me, account.homeless]).toEqual([undefined, true]);
  });

  it("calls a sign-out of one's own no ended session, also when there was none any more", async () => {
    const account = useAccount();
    const leave = answers<never>();
    vi.spyOn(calls, "signOut").mockImplementation(leave.call);
    await account.become(() => Promise.resolve(person("anna")));
    account.forget();
    expect(account.expired).toBe(true);
    await account.become(() => Promise.resolve(person("anna")));
    const leaving = account.signOut();
    expect(account.leaving).toBe(true);
    leave.asked[0]?.reject(signedOut);
    await leaving;
    expect([account.me, account.expired, account.leaving]).toEqual([undefined, false, false]);
  });

  it("stays signed in when signing out did not work", async () => {
    const account = useAccount();
    await account.become(() => Promise.resolve(person("anna")));
    vi.spyOn(calls, "signOut").mockRejectedValue(new ApiError(0, "urn:longtake:unreachable", "refused"));
    await expect(account.signOut()).rejects.toThrow("refused");
    expect([account.me?.id, account.leaving]).toEqual(["anna", false]);
  });
});
