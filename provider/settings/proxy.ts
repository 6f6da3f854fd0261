import type { ProxySettings } from "../api/instance";
import { attempt, pick } from "../api/json";
import { nonEmpty, wrong } from "./values";

/** Node silently ignores a proxy whose address it does not understand. The address may contain a password: never repeat it. */
export function readProxy(env: Readonly<Record<string, string | undefined>>): ProxySettings | undefined {
  const read = (name: string) => nonEmpty(env[name.toLowerCase()]) ?? nonEmpty(env[name]);
  const [HTTP_PROXY, HTTPS_PROXY, NO_PROXY] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].map(read);
  const proxies = pick({ HTTP_PROXY, HTTPS_PROXY }, "HTTP_PROXY", "HTTPS_PROXY");
  for (const [name, address] of Object.entries(proxies)) {
    const credential = attempt(() => {
      const { username, password } = new URL(address);
      return decodeURIComponent(username + password);
    });
    if (credential === undefined || /[^\x21-\x7e]/.test(address) || !/^https?:\/\//.test(address))
      throw wrong(`${name} must be the URL of an HTTP proxy, such as http://proxy.example.com:3128`);
  }
  return Object.keys(proxies).length === 0 ? undefined : { ...proxies, ...pick({ NO_PROXY }, "NO_PROXY") };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
