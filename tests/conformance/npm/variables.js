// Lists, sets, replaces and deletes variables of a service with the client from npm, and tells what it was answered.
import { RenderClient } from "render-api";

const [service] = process.argv.slice(2);
const render = new RenderClient({ apiKey: process.env.RENDER_API_KEY, baseUrl: process.env.RENDER_API_URL });
const variables = render.services.envVars;

const keys = [];
for await (const variable of variables.listAll(service, { limit: 20 })) keys.push(variable.key);
const page = await variables.list(service, { limit: 100 });
const set = await variables.set(service, "A", "one");
const read = await variables.retrieve(service, "A");
await variables.delete(service, "B");
const replaced = await variables.update(service, [{ key: "C", value: "3" }, { key: "D", value: "4" }]);
const absent = await variables.retrieve(service, "B").catch((error) => error.constructor.name);
const names = [];
for await (const each of render.services.listAll()) names.push(each.name);

console.log(JSON.stringify({ keys, page: page.items.length, set, read, replaced, absent, names }));
