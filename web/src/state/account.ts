import { defineStore } from "pinia";
import { ref } from "vue";
import { account as calls } from "@/api/account";
import { ApiError, type Me, type Permission } from "@/api/client";

/** Who is signed in, where they act, and what they may. */
export const useAccount = defineStore("account", () => {
  const me = ref<Me>();
  const known = ref(false);
  /** There was a session and it ended by itself. */
  const expired = ref(false);
  /** Signed in, and a member of no organization. */
  const homeless = ref(false);
  let asking: Promise<Me | undefined> | undefined;

  function can(permission: Permission): boolean {
    return me.value?.permissions.includes(permission) ?? false;
  }

  /** Asks the server once; later calls answer from memory. */
  async function load(): Promise<Me | undefined> {
    return known.value ? me.value : refresh();
  }

  /** Asks again who this is; several calls at once are one question. */
  function refresh(): Promise<Me | undefined> {
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  }

  async function ask(): Promise<Me | undefined> {
    try {
      adopt(await calls.me());
    } catch (reason) {
      if (!(reason instanceof ApiError) || (reason.status !== 401 && reason.status !== 403)) throw reason;
      me.value = undefined;
      homeless.value = reason.status === 403;
      known.value = true;
    }
    return me.value;
  }

  function adopt(caller: Me): void {
    me.value = caller;
    known.value = true;
    expired.value = false;
    homeless.value = false;
  }

  async function signIn(email: string, password: string, code?: string): Promise<void> {
    adopt(await calls.signIn(email, password, code));
  }

  async function switchTo(organizationId: string): Promise<void> {
    adopt(await calls.switchTo(organizationId));
  }

  async function signOut(): Promise<void> {
    await calls.signOut();
    clear();
  }

  async function signOutEverywhere(): Promise<void> {
    await calls.endSessions();
    clear();
  }

  function clear(): void {
    me.value = undefined;
    homeless.value = false;
    known.value = true;
  }

  /** The session has ended, and not by a click of this page. */
  function forget(): void {
    expired.value = me.value !== undefined;
    clear();
  }

  return { me, expired, homeless, can, load, refresh, adopt, signIn, switchTo, signOut, signOutEverywhere, forget };
});
