// Tells each test of `node --test` as one JSON line, with its place and the error that ended it.
export default async function* (source) {
  const line = (told) => JSON.stringify(told) + "\n";
  yield line({ trail: "root", path: process.cwd() });
  for await (const { type, data } of source) {
    if (type === "test:start") {
      const { name, nesting, file, line: at } = data;
      yield line({ trail: "start", name, nesting, file, line: at });
    } else if (type === "test:stderr") {
      yield line({ trail: "stderr", file: data.file, message: String(data.message).slice(0, 20000) });
    } else if (type === "test:pass" || type === "test:fail") {
      const { name, nesting, file, line: at, skip, todo, details } = data;
      const error = details?.error;
      const cause = error?.cause ?? error;
      yield line({
        trail: type === "test:pass" ? "pass" : "fail",
        name, nesting, file, line: at,
        suite: details?.type === "suite",
        skip: skip !== undefined && skip !== false,
        todo: todo !== undefined && todo !== false,
        failure: error?.failureType,
        code: cause?.code,
        error: cause?.name,
        message: error && String(cause?.message ?? cause).slice(0, 20000),
        stack: error && String(cause?.stack ?? "").slice(0, 20000),
      });
    }
  }
  yield line({ trail: "end" });
}
