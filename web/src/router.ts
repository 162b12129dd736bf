import { nextTick } from "vue";
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import type { Permission } from "@/api/client";
import { i18n } from "@/i18n";
import { problemText } from "@/pages/problem-text";
import { nextAddress } from "@/pages/sign-in/next-address";
import { useAccount } from "@/state/account";
import { useToasts } from "@/state/toasts";

declare module "vue-router" {
  interface RouteMeta {
    /** Only for callers who may this; others are told so in its place. */
    needs?: Permission;
    /** For people without an account, too. */
    open?: boolean;
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/", name: "home", component: () => import("@/pages/home/HomePage.vue") },
  { path: "/sign-in", name: "sign-in", component: () => import("@/pages/sign-in/SignInPage.vue") },
  { path: "/forgotten-password", name: "forgotten-password", meta: { open: true }, component: () => import("@/pages/sign-in/ForgottenPage.vue") },
  { path: "/password-reset/:token", name: "password-reset", meta: { open: true }, props: true, component: () => import("@/pages/sign-in/ResetPage.vue") },
  { path: "/invitation/:token", name: "invitation", meta: { open: true }, props: true, component: () => import("@/pages/sign-in/InvitationPage.vue") },
  { path: "/no-organization", name: "homeless", meta: { open: true }, component: () => import("@/pages/refused/HomelessPage.vue") },
  { path: "/s/:token", name: "shared", meta: { open: true }, props: true, component: () => import("@/pages/shared/SharedPage.vue") },
  { path: "/account", name: "account", component: () => import("@/pages/account/AccountPage.vue") },
  { path: "/privacy", name: "privacy", component: () => import("@/pages/account/PrivacyPage.vue") },
  { path: "/channels", name: "channels", meta: { needs: "watch" }, component: () => import("@/pages/channels/ChannelsPage.vue") },
  { path: "/watch/:channelId", name: "watch", meta: { needs: "watch" }, props: true, component: () => import("@/pages/watch/WatchPage.vue") },
  { path: "/wall", name: "wall", meta: { needs: "watch" }, component: () => import("@/pages/watch/WatchPage.vue") },
  { path: "/notes", name: "notes", meta: { needs: "read_notes" }, component: () => import("@/pages/notes/NotesPage.vue") },
  { path: "/note-templates", name: "note-templates", meta: { needs: "manage_notes" }, component: () => import("@/pages/notes/TemplatesPage.vue") },
  { path: "/clips", name: "clips", meta: { needs: "watch" }, component: () => import("@/pages/clips/ClipsPage.vue") },
  { path: "/screenshots", name: "screenshots", meta: { needs: "watch" }, component: () => import("@/pages/screenshots/ScreenshotsPage.vue") },
  { path: "/shares", name: "shares", meta: { needs: "share" }, component: () => import("@/pages/shares/SharesPage.vue") },
  { path: "/members", name: "members", meta: { needs: "manage_members" }, component: () => import("@/pages/members/MembersPage.vue") },
  { path: "/audit", name: "audit", meta: { needs: "read_audit" }, component: () => import("@/pages/audit/AuditPage.vue") },
  { path: "/site/organizations", name: "organizations", meta: { needs: "manage_site" }, component: () => import("@/pages/site/OrganizationsPage.vue") },
  { path: "/site/people", name: "people", meta: { needs: "manage_site" }, component: () => import("@/pages/site/PeoplePage.vue") },
  { path: "/site/people/:userId", name: "person", meta: { needs: "manage_site" }, props: true, component: () => import("@/pages/site/PersonPage.vue") },
  { path: "/site/keys", name: "site-keys", meta: { needs: "manage_site" }, component: () => import("@/pages/site/KeysPage.vue") },
  { path: "/:rest(.*)*", name: "missing", component: () => import("@/pages/refused/MissingPage.vue") },
];

export const router = createRouter({ history: createWebHistory(), routes });

// What is read aloud and scrolled by keys is the new page; a field that a page has chosen itself keeps the focus.
router.afterEach(async (to, from, failure) => {
  if (failure || from.matched.length === 0 || to.path === from.path) return;
  await nextTick();
  const main = document.getElementById("main");
  if (!main || main.contains(document.activeElement)) return;
  // The attribute itself works only while the first page is loading.
  (main.querySelector<HTMLElement>("[autofocus]") ?? main).focus({ preventScroll: true });
});

// The files of a page could not be fetched: the server is away, or another version of it runs, which has others and
// is met by loading the address anew. The first page of all has nothing to stay on, and is not loaded in a circle.
router.onError(async (_, to, from) => {
  if (from.matched.length === 0) return;
  try {
    await useAccount().refresh();
    window.location.assign(to.fullPath);
  } catch (reason) {
    useToasts().say(problemText(reason, i18n.global.t), "bad");
  }
});

router.beforeEach(async (to) => {
  if (to.meta.open === true) return true;
  const account = useAccount();
  const me = await account.load().catch(() => undefined);
  if (account.homeless) return { name: "homeless" };
  if (to.name === "sign-in") return me ? nextAddress(to.query.next) : true;
  return me ? true : { name: "sign-in", query: to.fullPath === "/" ? {} : { next: to.fullPath } };
});
