import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { ApiError, whenForbidden, whenSignedOut } from "@/api/client";
import { i18n } from "@/i18n";
import { router } from "@/router";
import { useAccount } from "@/state/account";
import { usePreferences } from "@/state/preferences";
import App from "./App.vue";
import "./style.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, reason) => failures < 3 && !(reason instanceof ApiError && reason.status >= 400 && reason.status < 500),
    },
  },
});

const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(VueQueryPlugin, { queryClient: queries });
usePreferences();

whenSignedOut(() => {
  const account = useAccount();
  if (account.me === undefined || account.leaving) return;
  account.forget();
  void router.push({ name: "sign-in", query: { next: router.currentRoute.value.fullPath } });
});

// A refusal may mean that the role has changed: the menus follow. Asking who this is can be refused too.
whenForbidden(() => {
  const account = useAccount();
  if (account.me !== undefined) void account.refresh().catch(() => undefined);
});

app.use(router);
app.mount("#app");
