// Values a schema describes, and values just beside it, for fast-check.

import fc from "fast-check";
import { resolve, type Schema } from "./openapi.ts";

const between = (from: string, to: string): fc.Arbitrary<string> =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map((date) => date.toISOString());
/** Any, and often where the fuzzed channel has footage. */
const instant = fc.oneof(
  { weight: 1, arbitrary: between("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z") },
  { weight: 4, arbitrary: between("2026-11-20T09:59:59Z", "2026-11-20T10:00:09Z") },
);

function text(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === "date-time") return instant;
  const [least, most] = [schema.minLength ?? 0, Math.min(schema.maxLength ?? 40, 120)];
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern)).map((one) => one.slice(0, most) || "0".repeat(least));
  return fc.oneof(fc.string({ minLength: least, maxLength: most }), fc.string({ unit: "grapheme", minLength: least, maxLength: Math.max(least, Math.floor(most / 4)) }));
}

/** What fits the schema. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const own = resolve(schema);
  if (own.enum) return fc.constantFrom(...own.enum);
  if (own.const !== undefined) return fc.constant(own.const);
  const types = Array.isArray(own.type) ? own.type : [own.type];
  const kinds = types.map((type): fc.Arbitrary<unknown> => {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return fc.integer({ min: Math.max(own.minimum ?? -1000, -(2 ** 31)), max: Math.min(own.maximum ?? 1_000_000, 2 ** 31 - 1) });
      case "number":
        return fc.double({ min: own.minimum ?? -1e6, max: own.maximum ?? 1e6, noNaN: true });
      case "array":
        return fc.array(fitting(own.items ?? {}), { minLength: own.minItems ?? 0, maxLength: Math.min(own.maxItems ?? 4, 4) });
      case "object":
        return fc.record(Object.fromEntries(Object.entries(own.properties ?? {}).map(([name, one]) => [name, fitting(one)])), { requiredKeys: own.required ?? [] });
      default:
        return text(own);
    }
  });
  return fc.oneof(...kinds);
}

/** What nobody should send: other types, limits overstepped, control characters, what parsers trip over. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 2 ** 53, 1e308, "", " ", "\0", "\u0000a", "\r\nX-Evil: 1", "../../etc/passwd", "%00", "'; drop table users; --", "\ud800", "𝒳".repeat(300), "a".repeat(5000), [], {}, [[]], { $ref: "x" }, "1e9999", "０"),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 200 }),
);

/** Mostly fitting, now and then with a field that is odd, missing or unknown. */
export function nearly(schema: Schema): fc.Arbitrary<unknown> {
  const own = resolve(schema);
  const good = fitting(schema);
  if (!own.properties) return fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: odd });
  const names = Object.keys(own.properties);
  const broken = fc.tuple(good, fc.constantFrom(...names, "unknownField", "__proto__"), odd, fc.boolean()).map(([value, name, strange, drop]) => {
    const copy = { ...(value as Record<string, unknown>) };
    if (drop) delete copy[name];
    else Object.defineProperty(copy, name, { value: strange, enumerable: true, configurable: true, writable: true });
    return copy;
  });
  return fc.oneof({ weight: 3, arbitrary: good }, { weight: 3, arbitrary: broken }, { weight: 1, arbitrary: odd });
}
