/** The host names that resolve in public DNS, of those that our documents and examples name: `hooks.example.com` does not. */
const publicHosts = ["example.com", "www.example.com"];

/** What `startZitadel` takes so that it refuses, without DNS, the endpoints that a real server would refuse. */
export const resolves = (host: string): boolean => publicHosts.includes(host);
