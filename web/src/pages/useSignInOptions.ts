import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { account } from "@/api/account";

/** How this site lets people in; undefined until it has said so. */
export function useSignInOptions() {
  const { data: options } = useQuery({
    queryKey: ["sign-in-options"],
    queryFn: () => account.signInOptions(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  /** It sends letters. */
  const sendsMail = computed(() => options.value?.passwordReset ?? false);
  /** Whether an address is its person's can be shown at all: by a letter or a provider. */
  const canProve = computed(() => sendsMail.value || (options.value?.providers.length ?? 0) > 0);
  return { options, sendsMail, canProve };
}
