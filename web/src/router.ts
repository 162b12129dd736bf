import { createRouter, createWebHistory } from "vue-router";
import { useAccount } from "@/state/account";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", redirect: { name: "channels" } },
    { path: "/sign-in", name: "sign-in", component: () => import("@/pages/sign-in/SignInPage.vue") },
    { path: "/channels", name: "channels", component: () => import("@/pages/channels/ChannelsPage.vue") },
    {
      path: "/watch/:channelId",
      name: "watch",
      component: () => import("@/pages/watch/WatchPage.vue"),
      props: (route) => ({ channelId: String(route.params.channelId) }),
    },
    { path: "/:rest(.*)*", redirect: { name: "channels" } },
  ],
});

router.beforeEach(async (to) => {
  const account = useAccount();
  const me = await account.load().catch(() => undefined);
  if (to.name === "sign-in") return me ? { name: "channels" } : true;
  return me ? true : { name: "sign-in", query: to.fullPath === "/channels" ? {} : { next: to.fullPath } };
});
