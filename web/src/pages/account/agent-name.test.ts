import { describe, expect, it } from "vitest";
import { agentName } from "./agent-name";

describe("agentName", () => {
  it("names browser and system", () => {
    const said: Record<string, string> = {
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36": "Chrome, Linux",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0": "Firefox, Windows",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari, iPhone",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0": "Edge, Windows",
    };
    for (const [agent, name] of Object.entries(said)) expect(agentName(agent)).toBe(name);
  });

  it("names other programs by their first word, and nothing when nothing was said", () => {
    expect(agentName("curl/7.88.1")).toBe("curl");
    expect(agentName("node")).toBe("node");
    expect(agentName("")).toBe("");
  });
});
