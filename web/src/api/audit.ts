import { client, type Schemas, unwrap } from "./client";

export type AuditEntry = Schemas["AuditEntry"];
export type AuditVerification = Schemas["AuditVerification"];

/** Every field narrows; absent ones do not. Instants are RFC 3339. */
export interface AuditFilter {
  from?: string;
  to?: string;
  actorId?: string;
  action?: string;
  thingId?: string;
  organizationId?: string;
}

export const audit = {
  page: (filter: AuditFilter, cursor: string | undefined) =>
    unwrap(
      client.GET("/audit", {
        params: { query: { ...filter, limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
      }),
    ),
  csvAddress: (filter: AuditFilter) => {
    const query = new URLSearchParams({ ...filter }).toString();
    return `/api/v1/audit.csv${query === "" ? "" : `?${query}`}`;
  },
  verify: () => unwrap(client.GET("/audit/verification")),
};
