import { defineStore } from "pinia";
import { ref } from "vue";
import { account as calls } from "@/api/account";
import { ApiError, beginEra, type Me, type Permission, presentEra } from "@/api/client";

/** Stands beside the session's own cookie, which scripts do not see: without it there is nobody to ask about. */
const HINT = "longtake_signed_in";
const isHinted = () => document.cookie.split("; ").includes(`${HINT}=1`);

/** The session it spoke of has ended: the next page need not ask. */
function dropHint(): void {
  document.cookie = `${HINT}=; Path=/; Max-Age=0; SameSite=Lax`;
}

/** Who is signed in, where they act, and what they may. */
export const useAccount = defineStore("account", () => {
  const me = ref<Me>();
  const known = ref(false);
  /** There was a session and it ended by itself. */
  const expired = ref(false);
  /** Signed in, and a member of no organization. */
  const homeless = ref(false);
  /** This page is ending its session: whoever pressed that need not be told. */
  const leaving = ref(false);
  let asking: Promise<Me | undefined> | undefined;
  /** A sign-in, a sign-out or a switch on its way: until it is over, the browser's cookie may be of a session that is not. */
  let changing: Promise<void> | undefined;
  /** Something changed while the question was on its way: its answer may be the old one. */
  let again = false;

  function can(permission: Permission): boolean {
    return me.value?.permissions.includes(permission) ?? false;
  }

  /** Asks the server once, and only where somebody has signed in; later calls answer from memory. */
  async function load(): Promise<Me | undefined> {
    if (!known.value && !isHinted()) known.value = true;
    return known.value ? me.value : (asking ?? refresh());
  }

  /** Asks again who this is. Calls while the question is on its way are one more question after it. */
  function refresh(): Promise<Me | undefined> {
    again = asking !== undefined;
    asking ??= askUntilPresent().finally(() => (asking = undefined));
    return asking;
  }

  async function askUntilPresent(): Promise<Me | undefined> {
    for (;;) {
      try {
        await ask();
        if (!again) return me.value;
      } catch (reason) {
        if (!again) throw reason;
      }
      again = false;
    }
  }

  async function ask(): Promise<void> {
    if (changing) {
      await changing.catch(() => undefined);
      if (known.value && me.value === undefined && !homeless.value) return;
    }
    const era = presentEra();
    try {
      const caller = await calls.me();
      if (era === presentEra()) learn(caller);
    } catch (reason) {
      if (era !== presentEra()) return;
      if (!(reason instanceof ApiError) || (reason.status !== 401 && reason.status !== 403)) throw reason;
      if (reason.status === 401) dropHint();
      me.value = undefined;
      homeless.value = reason.status === 403;
      known.value = true;
    }
  }

  function learn(caller: Me): void {
    me.value = caller;
    known.value = true;
    expired.value = false;
    homeless.value = false;
  }

  function change(act: () => Promise<void>): Promise<void> {
    beginEra();
    const mine = act().finally(() => {
      if (changing === mine) changing = undefined;
    });
    changing = mine;
    return mine;
  }

  /** By a call that signs in, leads elsewhere or changes the caller: its answer is who this is from now on. */
  const become = (call: () => Promise<Me>) =>
    change(async () => {
      const caller = await call();
      beginEra();
      learn(caller);
    });

  const signIn = (email: string, password: string, code?: string) => become(() => calls.signIn(email, password, code));
  const rename = (name: string) => become(() => calls.rename(name));
  const switchTo = (organizationId: string) => become(() => calls.switchTo(organizationId));
  const signOut = () => leave(calls.signOut);
  const signOutEverywhere = () => leave(calls.endSessions);

  const leave = (end: () => Promise<unknown>) =>
    change(async () => {
      leaving.value = true;
      try {
        await end();
      } catch (reason) {
        // Who is signed out already is where they wanted to be.
        if (!(reason instanceof ApiError && reason.status === 401)) throw reason;
      } finally {
        leaving.value = false;
      }
      clear();
    });

  function clear(): void {
    beginEra();
    me.value = undefined;
    expired.value = false;
    homeless.value = false;
    known.value = true;
  }

  /** The session has ended, and not by a click of this page. */
  function forget(): void {
    const wasKnown = me.value !== undefined;
    clear();
    expired.value = wasKnown;
  }

  return { me, expired, homeless, leaving, can, load, refresh, become, signIn, rename, switchTo, signOut, signOutEverywhere, forget };
});
