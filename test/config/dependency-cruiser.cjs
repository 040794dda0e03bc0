// The arrows between the rooms, as laws. Each comment speaks to the person who trips it: what the law keeps, and where
// the code that broke it belongs. test/architecture/fences.test.ts plants a violation of every law and sees it fire.

const ports = {
  store: "^src/store/store\\.ts$",
  provider: "^src/providers/provider\\.ts$",
};
const fakes = "/fake[a-z-]*\\.ts$";

/** A law that a room imports nothing of ours but itself and what is listed. */
function room(name, allowed, comment) {
  return {
    name: `${name}-stays-in-its-arrows`,
    severity: "error",
    comment,
    from: { path: `^src/${name}/` },
    to: {
      path: "^src/",
      pathNot: [`^src/${name}/`, ...allowed.map((to) => (to.startsWith("^") ? to : `^src/${to}/`))],
    },
  };
}

/** A law that a package is imported in one place only. */
function only(packages, where, comment) {
  const names = packages.map((name) => name.replace("/", "-").replace("@", "")).join("-and-");
  return {
    name: `${names}-in-one-place`,
    severity: "error",
    comment,
    from: { path: "^src/", pathNot: where },
    to: { path: packages.map((name) => `node_modules/${name}/`) },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    room(
      "core",
      [],
      "The core decides and knows no other room. Ask for what you need: return a question, or take it as an argument.",
    ),
    {
      name: "core-needs-no-libraries",
      severity: "error",
      comment:
        "The core is pure and synchronous: no package but temporal-polyfill, nothing of Node. Ask a question that the runtime answers, or write the few lines.",
      from: { path: "^src/core/" },
      to: { pathNot: ["^src/", "node_modules/temporal-polyfill/"] },
    },
    room(
      "conditions",
      ["core"],
      "Conditions are a language of their own: of our rooms they know the core only. Take the rest as arguments.",
    ),
    room(
      "templates",
      ["core"],
      "Templates know the core only. What a text needs to know is a fact, and facts are arguments.",
    ),
    room(
      "rulebook",
      [
        "core",
        "conditions",
        "templates",
        ports.provider,
        "^src/providers/(registry|definition|correlation|plugins)\\.ts$",
        "^src/outgoing/judge-address\\.ts$",
      ],
      "The rulebook reads rules: it knows the core, conditions, templates, and of providers their capabilities as data (registry.ts, definition.ts, correlation.ts, plugins.ts, provider.ts), never a vendor's code; of the way out, which addresses are private (judge-address.ts).",
    ),
    room(
      "outgoing",
      ["core"],
      "The way out knows addresses and bytes. What a call means, and when it is made again, belongs to whoever calls.",
    ),
    room(
      "providers",
      ["core", "outgoing"],
      "Providers know the core and their own contract (provider.ts). Retries, rates and storage belong to the runtime, which calls them.",
    ),
    room(
      "lookups",
      ["core", "outgoing"],
      "Look-ups know the core and the way out, and are told in finished texts what to ask. What an answer means belongs to the core.",
    ),
    room(
      "store",
      ["core"],
      "A store moves opaque bytes and knows nothing above its port. If it must know what is in them, that belongs to runtime or ledger.",
    ),
    room("ledger", ["core", ports.store], "The ledger reads records through the store's port (store/store.ts)."),
    room(
      "ingest",
      ["core", ports.store, ports.provider, "observe"],
      "The door verifies, normalizes, appends and answers, through the ports (store/store.ts, providers/provider.ts). Which providers and which store, the command line composes.",
    ),
    room(
      "runtime",
      ["core", "conditions", "templates", "rulebook", "lookups", "ledger", "observe", ports.store, ports.provider],
      "The runtime knows stores and providers by their ports only, and neither the door nor the console. The command line hands it the real ones.",
    ),
    room(
      "simulate",
      ["core", "conditions", "templates", "rulebook", ports.provider, "^src/providers/(registry|definition)\\.ts$"],
      "Simulation plays the core on a virtual clock and keeps documents in memory: it knows of providers what they are as data (registry.ts, definition.ts), and neither stores nor the runtime. What needs those is a test of the runtime.",
    ),
    room(
      "plan",
      ["core", "conditions", "templates", "rulebook", "simulate", "^src/providers/(registry|definition)\\.ts$"],
      "A plan compares rulebooks and plays them on the simulated world. Git, stores and files are read by the command line, which hands over what it read.",
    ),
    room(
      "console",
      ["core", "ledger", "observe", ports.store],
      "The console only reads, through the ledger and the store's port. A button that changes something sends a command.",
    ),
    room("observe", ["core"], "Logs and metrics know the core's words only, so that every room may use them."),
    {
      name: "only-cli-composes",
      severity: "error",
      comment:
        "Nobody imports the command line: it composes the system out of the other rooms. Take what you need from it as an argument.",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "vendors-stand-alone",
      severity: "error",
      comment:
        "A vendor can be removed by deleting its folder and its line in the registry, so vendors share nothing: move the common part up to src/providers/.",
      from: { path: "^src/providers/([^/]+)/" },
      to: { path: "^src/providers/[^/]+/", pathNot: "^src/providers/$1/" },
    },
    {
      name: "vendors-behind-the-registry",
      severity: "error",
      comment:
        "Only src/providers/registry.ts names vendors. Our own `outbox`, which the console shows, is the exception, for the command line.",
      from: { path: "^src/", pathNot: ["^src/providers/registry\\.ts$", "^src/providers/[^/]+/", "^src/cli/"] },
      to: { path: "^src/providers/[^/]+/" },
    },
    {
      name: "vendors-behind-the-registry-for-cli",
      severity: "error",
      comment:
        "The command line takes vendors from src/providers/registry.ts; only our own `outbox` it may know by name.",
      from: { path: "^src/cli/" },
      to: { path: "^src/providers/[^/]+/", pathNot: "^src/providers/outbox/" },
    },
    {
      name: "fakes-are-for-tests",
      severity: "error",
      comment:
        "A fake vendor lives beside the real one: tests and other fakes import it, and everybody else loads it with import() when somebody asks for it.",
      from: { path: "^src/", pathNot: fakes },
      to: { path: fakes, dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "src-knows-no-tests",
      severity: "error",
      comment: "Code that ships can't lean on code that doesn't. Move the shared part into src.",
      from: { path: "^src/" },
      to: { path: "^test/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "A cycle has no first thing to read. Move what both need into a third file, or pass it as an argument.",
      from: { path: "^src/" },
      to: { circular: true },
    },
    {
      name: "no-dead-files",
      severity: "error",
      comment: "Nothing on the way from src/cli/main.ts reaches this file: wire it in, move it to test/, or delete it.",
      from: { path: "^src/cli/main\\.ts$" },
      to: {
        path: "^src/",
        pathNot: [
          fakes,
          // Made for the fakes and for tests: it signs as the vendor does.
          "^src/providers/[^/]+/sign\\.ts$",
          // The reference that every other store is held to; tests of all rooms run on it.
          "^src/store/memory[a-z-]*\\.ts$",
          // Threads are started by their files; the build makes one of each.
          "^src/plan/backtest/player-worker\\.ts$",
          "^src/cli/recordings/stretch-worker\\.ts$",
          // How the build goes about it.
          "^src/rolldown\\.config\\.ts$",
          // Imported by json-rules-engine under the name of jsonpath-plus, not by us.
          "^src/conditions/no-jsonpath/",
        ],
        reachable: false,
      },
    },
    {
      name: "no-other-programs",
      severity: "error",
      comment:
        "Heed starts no other programs and runs no code from data: both turn a bad input into somebody else's machine. Only src/cli/git.ts asks git, without a shell.",
      from: { path: "^src/", pathNot: "^src/cli/git\\.ts$" },
      to: { path: "^(node:)?(child_process|vm|cluster|repl)$" },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "This import leads nowhere.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared-dependencies",
      severity: "error",
      comment: "Declare it in package.json, with an exact version, or it is there only until another package drops it.",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "shipped-dependencies",
      severity: "error",
      comment: "A development dependency is not installed where Heed runs: move it to `dependencies`, or do without.",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"] },
    },
    only(
      ["twilio"],
      "^src/providers/twilio/",
      "Twilio's SDK is its folder's business; everybody else speaks provider.ts.",
    ),
    only(
      ["@sendgrid"],
      "^src/providers/sendgrid/",
      "SendGrid's SDK is its folder's business; everybody else speaks provider.ts.",
    ),
    only(
      ["nats"],
      "^src/store/jetstream",
      "NATS is the business of the JetStream store; everybody else speaks store.ts.",
    ),
    only(
      ["lmdb"],
      "^src/store/embedded",
      "LMDB is the business of the embedded store; everybody else speaks store.ts.",
    ),
    only(
      ["pg", "@redis"],
      "^src/lookups/",
      "Databases of others are asked by look-ups alone; our own documents are in the store.",
    ),
    only(
      ["undici"],
      "^src/(outgoing|providers)/",
      "Addresses that configuration names are reached through src/outgoing, which guards our own network; vendors' folders know where theirs are.",
    ),
    only(
      ["express", "@types/express"],
      "^src/(ingest|console|cli)/",
      "HTTP ends at the door and the console; hand plain values on.",
    ),
    only(
      ["json-rules-engine"],
      "^src/conditions/",
      "json-rules-engine has traps (a shared engine drops rules, its default path resolver runs code); src/conditions keeps them out.",
    ),
    only(
      ["liquidjs"],
      "^src/templates/",
      "Liquid is the business of src/templates, which limits what a template may cost.",
    ),
    only(
      ["pino", "prom-client"],
      "^src/observe/",
      "Logs and metrics go through src/observe, which redacts and keeps names in one place.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
