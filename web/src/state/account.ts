import { defineStore } from "pinia";
import { ref } from "vue";
import { api, ApiError, type Me } from "@/api/client";

/** Who is signed in. */
export const useAccount = defineStore("account", () => {
  const me = ref<Me>();
  const known = ref(false);
  /** There was a session and it ended by itself. */
  const expired = ref(false);

  /** Asks the server once; later calls answer from memory. */
  async function load(): Promise<Me | undefined> {
    if (known.value) return me.value;
    try {
      me.value = await api.me();
    } catch (reason) {
      if (!(reason instanceof ApiError) || reason.status !== 401) throw reason;
      me.value = undefined;
    }
    known.value = true;
    return me.value;
  }

  async function signIn(email: string, password: string): Promise<void> {
    me.value = await api.signIn(email, password);
    known.value = true;
    expired.value = false;
  }

  async function signOut(): Promise<void> {
    await api.signOut();
    me.value = undefined;
    known.value = true;
  }

  function forget(): void {
    expired.value = me.value !== undefined;
    me.value = undefined;
    known.value = true;
  }

  return { me, expired, load, signIn, signOut, forget };
});
