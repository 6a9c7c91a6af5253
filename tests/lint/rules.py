"""The house rules that a reader of single lines can check. Each rule is a function from a Source to findings; self_test.py sees each fail.

The rules are about code, so comments and the contents of strings are blanked first (line numbers stay). A line that must break a rule says
`// lint: allow RULE, because …` on itself or on the line above.
"""
import re
from dataclasses import dataclass, field

RULES = []


@dataclass
class Finding:
    path: str
    line: int
    rule: str
    text: str
    warning: bool = False

    def __str__(self):
        kind = "warning" if self.warning else "error"
        return f"{self.path}:{self.line}: {kind}: {self.text} [{self.rule}]"


@dataclass
class Source:
    path: str  # relative to the repository, with /
    raw: str
    code: str = field(init=False)    # comments and string contents blanked
    lines: list = field(init=False)  # of the raw text

    def __post_init__(self):
        self.code = blank(self.raw)
        self.lines = self.raw.split("\n")

    def line_of(self, at):
        return self.code.count("\n", 0, at) + 1

    def includes(self):
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                yield number, match.group(2)

    def is_header(self):
        return self.path.endswith(".hpp")

    def in_tests(self):
        return self.path.startswith(("tests/", "bench/", "examples/"))


TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])'""", re.S)


def blank(text):
    def replace(match):
        found = match.group(0)
        if found.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", found)
        start = text.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include", text[start : match.start()]):
            return found
        return '"' + re.sub(r"[^\n]", "_", found[1:-1]) + '"'

    return TOKEN.sub(replace, text)


def rule(name):
    def register(function):
        RULES.append((name, function))
        return function

    return register


def check(source):
    """All findings of all rules that the file itself does not allow."""
    findings = []
    for name, function in RULES:
        for line, text, *warning in function(source):
            near = source.lines[max(line - 2, 0) : line]
            if any(f"lint: allow {name}, because" in other for other in near):
                continue
            findings.append(Finding(source.path, line, name, text, bool(warning)))
    return findings


def matches(source, pattern):
    for match in re.finditer(pattern, source.code):
        yield source.line_of(match.start()), match


def closing(code, at):
    """The index of the bracket that closes the one at `at`, or the end."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    stack = []
    for index in range(at, len(code)):
        char = code[index]
        if char in pairs:
            stack.append(pairs[char])
        elif char in ")]}":
            if not stack or stack.pop() != char:
                return index
            if not stack:
                return index
    return len(code)


# ---- the tree ---------------------------------------------------------------------------------------------------------------------------

# Inside the embedded store: log and wire at the bottom (wire sees values of the log, no more), reads over log, calls over all of them.
STORE = "embedded/eventstore/"
STORE_SHARED = ["embedded/directory_lock.hpp", "pipeline/", "proto/", "connectors/eventstoredb/append_rules.hpp"]
STORE_ARROWS = [
    (STORE + "log/", [STORE + "log/", *STORE_SHARED]),
    (STORE + "wire/", [STORE + "wire/", STORE + "log/event.hpp", STORE + "log/stream_metadata.hpp", *STORE_SHARED]),
    (STORE + "reads/", [STORE + "reads/", STORE + "log/", *STORE_SHARED]),
    (STORE + "calls/", [STORE + "calls/", STORE + "store.hpp", STORE + "reads/", STORE + "log/", STORE + "wire/", *STORE_SHARED]),
    (STORE + "net/", [STORE + "net/", *STORE_SHARED]),
    (STORE + "store.", [STORE + "store.", STORE + "reads/", STORE + "log/", *STORE_SHARED]),
]

# Inside the embedded broker: wire at the bottom (it carries a file of the storage, and opens none), storage over it, topics and groups side by
# side, net beside them, api over all of them. The small files of the broker that know nobody are for every room but wire and storage.
BROKER = "embedded/broker/"
BROKER_SHARED = [BROKER + "request_context.hpp", BROKER + "session.hpp", BROKER + "timers.hpp", "pipeline/"]
BROKER_ARROWS = [
    (BROKER + "wire/", [BROKER + "wire/", "pipeline/"]),
    (BROKER + "storage/", [BROKER + "storage/", BROKER + "wire/", "pipeline/"]),
    (BROKER + "topics/", [BROKER + "topics/", BROKER + "storage/", BROKER + "wire/", *BROKER_SHARED]),
    (BROKER + "groups/", [BROKER + "groups/", BROKER + "storage/", BROKER + "wire/", *BROKER_SHARED]),
    (BROKER + "net/", [BROKER + "net/", BROKER + "storage/file.hpp", BROKER + "wire/", *BROKER_SHARED]),
    (BROKER + "api/", [BROKER + room for room in ("api/", "net/", "topics/", "groups/", "storage/", "wire/")] + BROKER_SHARED),
    (BROKER, [BROKER, "embedded/descriptor_limit.hpp", "embedded/directory_lock.hpp", "pipeline/"]),
]

# What a folder may include of the others; the first prefix that fits counts. A path without an entry may include everything (cli, tests,
# bench, examples). `pipeline/*` stands for the face: the headers that lie in pipeline/ itself.
ARROWS = [
    ("pipeline/text/", ["pipeline/text/"]),
    ("pipeline/base/", ["pipeline/base/", "pipeline/text/"]),
    ("pipeline/http/", ["pipeline/http/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/config/", ["pipeline/config/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/parts/", ["pipeline/parts/", "pipeline/*", "pipeline/config/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/topology/", ["pipeline/topology/", "pipeline/parts/", "pipeline/*", "pipeline/config/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/engine/", ["pipeline/engine/", "pipeline/*", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/control/", ["pipeline/control/", "pipeline/engine/", "pipeline/topology/", "pipeline/parts/", "pipeline/*", "pipeline/config/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/admin/", ["pipeline/admin/", "pipeline/control/", "pipeline/topology/", "pipeline/http/", "pipeline/*", "pipeline/config/", "pipeline/base/", "pipeline/text/"]),
    ("pipeline/testing/", ["pipeline/"]),
    ("pipeline/", ["pipeline/*", "pipeline/base/", "pipeline/text/"]),
    ("stages/", ["stages/", "pipeline/"]),
    ("connectors/", ["connectors/", "pipeline/", "proto/"]),
    ("sinks/", ["sinks/", "connectors/", "pipeline/", "proto/"]),
    *STORE_ARROWS,
    (STORE, [STORE, "embedded/descriptor_limit.hpp", "embedded/directory_lock.hpp", "pipeline/", "proto/"]),
    *BROKER_ARROWS,
    ("embedded/", ["embedded/", "pipeline/", "proto/"]),
    ("proto/", ["proto/"]),
    ("testkit/expect/", ["testkit/expect/", "stages/", "pipeline/"]),
    ("testkit/report/", ["testkit/report/", "testkit/expect/", "pipeline/"]),
    ("testkit/case/", ["testkit/case/", "testkit/expect/", "testkit/store_faults.hpp", "pipeline/"]),
    ("testkit/", ["testkit/", "pipeline/", "stages/", "connectors/", "sinks/"]),
]
FOLDERS = ("cli/", "testkit/", "pipeline/", "stages/", "connectors/", "sinks/", "embedded/", "proto/", "tests/", "bench/", "examples/")
# The room that is nobody's business but the control's (and its tests').
ENGINE_USERS = ("pipeline/engine/", "pipeline/control/", "pipeline/testing/", "tests/", "bench/")


def covers(allowed, path):
    """Whether `allowed` ("pipeline/base/", or "pipeline/*" for the files in that folder itself) covers the path."""
    if allowed.endswith("*"):
        return path.startswith(allowed[:-1]) and "/" not in path[len(allowed) - 1 :]
    return path.startswith(allowed)


@rule("arrows")
def arrows(source):
    """Folders depend on each other only as the architecture says."""
    for line, path in source.includes():
        if path.startswith("pipeline/engine/") and not source.path.startswith(ENGINE_USERS):
            yield line, f'"{path}": the engine is private; only pipeline/control and tests include it'
    allowed = next((to for prefix, to in ARROWS if source.path.startswith(prefix)), None)
    if allowed is None:
        return
    for line, path in source.includes():
        if not path.startswith(FOLDERS):
            continue
        if path.startswith("cli/"):
            yield line, f'"{path}": only the command line includes the command line'
        elif not any(covers(to, path) for to in allowed):
            yield line, f'"{path}": {source.path.rsplit("/", 1)[0]}/ may include only {", ".join(allowed)}'
        elif path.startswith("connectors/") and source.path.startswith("connectors/") and path.split("/")[1] != source.path.split("/")[1]:
            yield line, f'"{path}": a connector does not include another one'
        elif path.startswith("sinks/") and source.path.startswith("sinks/") and min(source.path.count("/"), path.count("/")) > 1 and path.split("/")[1] != source.path.split("/")[1]:
            yield line, f'"{path}": a sink does not include another one'


LIBRARIES = re.compile(r"^(boost/beast|grpc|google/protobuf|librdkafka/|rdkafka|rocksdb/|libfyaml|fyaml|yaml-cpp/|spdlog/|simdjson|re2/|CLI/)")


# Header → the library header that it brings along, itself or through others. Filled by find_heavy().
HEAVY = {}


def unit(path):
    """The folder that is one library: pipeline, stages, connectors/kafka, …"""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("connectors", "sinks", "embedded") else parts[0]


def find_heavy(sources):
    headers = {source.path: [path for _, path in source.includes()] for source in sources if source.is_header()}

    def library(path, seen):
        if path not in headers or path in seen:
            return path if LIBRARIES.match(path) else None
        found = (library(other, seen | {path}) for other in headers[path])
        return next((name for name in found if name), None)

    HEAVY.clear()
    HEAVY.update({path: name for path in headers if (name := library(path, frozenset()))})


@rule("public-headers")
def public_headers(source):
    """No library's header reaches another folder: it hides behind an interface and a factory, or a pimpl."""
    if source.in_tests():
        return
    for line, path in source.includes():
        if path in HEAVY and unit(path) != unit(source.path):
            yield line, f'"{path}" brings <{HEAVY[path]}> into another folder; hide it behind an interface or a pimpl'


@rule("pragma-once")
def pragma_once(source):
    if source.is_header() and not re.search(r"^#pragma once$", source.raw, re.M):
        yield 1, "no #pragma once"


@rule("own-header-first")
def own_header_first(source):
    if not source.path.endswith(".cpp"):
        return
    own = source.path[:-4] + ".hpp"
    included = list(source.includes())
    if any(path == own for _, path in included) and included[0][1] != own:
        yield included[0][0], f'"{own}" comes first, so that it proves to be self-contained'


@rule("length")
def length(source):
    limit = 250 if source.is_header() else 400
    if len(source.lines) > limit and not source.in_tests():
        yield limit, f"{len(source.lines)} lines; over {limit} wants a split or a reason", True


@rule("todo")
def todo(source):
    for number, line in enumerate(source.lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield number, "an open end; do it, or open an issue"


@rule("this-machine")
def this_machine(source):
    if source.in_tests():
        return
    for number, line in enumerate(source.lines, 1):
        if re.search(r'(?<![\w.])/(home|root|work)/\w', line):
            yield number, "a path of one machine"


# ---- clocks, channels, spawning -----------------------------------------------------------------------------------------------------------


@rule("channel")
def channel(source):
    """experimental::channel loses messages on close (1.81): lanes use their own bounded window."""
    for line, _ in matches(source, r"experimental\s*::\s*(basic_)?(concurrent_)?channel|experimental/(concurrent_)?channel"):
        yield line, "experimental::channel is banned: it loses buffered messages on close"


@rule("awaitable-operators")
def awaitable_operators(source):
    if source.path == "pipeline/base/with_timeout.hpp":
        return
    for line, _ in matches(source, r"awaitable_operators"):
        yield line, "the awaitable operators stay in pipeline/base/with_timeout.hpp"


@rule("clock")
def clock(source):
    if source.path == "pipeline/base/clock.cpp" or source.path.startswith(("bench/", "examples/")):
        return
    for line, _ in matches(source, r"(?:system|steady|high_resolution)_clock\s*::\s*now\b|\b(?:gettimeofday|clock_gettime|time)\s*\(\s*(?:NULL|nullptr|0)\s*\)"):
        yield line, "ask the Clock; standard clocks are read in pipeline/base/clock.cpp only"


@rule("sleep")
def sleep(source):
    for line, _ in matches(source, r"\bsleep_(?:for|until)\s*\(|\bu?sleep\s*\("):
        at = source.lines[line - 1]
        if re.search(r"this_thread\s*::\s*sleep|\bu?sleep\s*\(", at) and not source.path.startswith("bench/"):
            yield line, "no thread sleeps: await clock.sleep_for(), in tests move the ManualClock"


@rule("detached")
def detached(source):
    for line, _ in matches(source, r"\bdetached\b"):
        if re.search(r"asio\s*::\s*detached|\bdetached\s*[),;]", source.lines[line - 1]):
            yield line, "no coroutine is detached; spawn it in a TaskGroup"


SPAWNERS = ("pipeline/base/task_group.cpp", "pipeline/base/with_timeout.hpp", "pipeline/base/build/pch.hpp")


@rule("co-spawn")
def co_spawn(source):
    if source.path in SPAWNERS or source.in_tests() or source.path.startswith("pipeline/testing/"):
        return
    for line, _ in matches(source, r"\bco_spawn\s*\("):
        yield line, "TaskGroup is the only spawner"


# ---- coroutines under GCC 12.2 --------------------------------------------------------------------------------------------------------------


@rule("lambda-coroutine")
def lambda_coroutine(source):
    """The captures of a lambda die with it, while its coroutine runs on."""
    for line, match in matches(source, r"\[[^\[\]\n]*\]\s*(?=[({]|mutable|noexcept|->)"):
        before = source.code[: match.start()].rstrip()
        if before and (before[-1].isalnum() or before[-1] in "_)]>"):
            if not re.search(r"\b(return|co_return|co_await|case|else)$", before):
                continue  # a subscript or an array
        at = match.end()
        code = source.code
        signature_end = code.find("{", at)
        if signature_end < 0:
            continue
        if code[at : at + 1] == "(":
            after = closing(code, at) + 1
            signature_end = code.find("{", after)
            if signature_end < 0 or re.search(r"[;,)]", re.sub(r"<[^<>]*>|\([^()]*\)", "", code[after:signature_end])):
                continue
        body = code[signature_end : closing(code, signature_end) + 1]
        if re.search(r"\bco_(await|return|yield)\b", body) or re.search(r"->\s*(Task|asio::awaitable|boost::asio::awaitable)\b", code[at:signature_end]):
            yield line, "a lambda that is a coroutine; make it a named function"


def awaited_operands(source):
    """(line, operand text, text before) of each co_await."""
    for line, match in matches(source, r"\bco_await\b"):
        code = source.code
        at = end = match.end()
        while end < len(code) and code[end] not in ";,)]}?" and (code[end] != ":" or ":" in (code[end - 1], code[end + 1 : end + 2])):
            end = closing(code, end) + 1 if code[end] in "([{" else end + 1
        yield line, code[at:end], code[end : end + 1], code[max(0, code.rfind("\n", 0, match.start())) : match.start()]


@rule("await-temporary")
def await_temporary(source):
    """GCC 12.2 destroys aggregates and capturing lambdas in an awaited expression twice (PR 107288); braces may crash it."""
    for line, operand, _, _ in awaited_operands(source):
        call = operand.find("(")
        inside = operand[call + 1 :] if call >= 0 else operand
        if "{" in operand:
            yield line, "a braced or lambda argument in an awaited call; name it first"
        elif re.search(r"(?<![\w\]])\[[^\]]*\]\s*\(", inside):
            yield line, "a lambda in an awaited call; name it first"
        elif re.search(r"\bco_await\b", inside):
            yield line, "a co_await inside an awaited call; name its value first"


@rule("await-conditional")
def await_conditional(source):
    for line, operand, after, before in awaited_operands(source):
        if after == "?" or re.search(r"(?<![<\"])\?(?!\?)[^;{}]*$", before) or re.search(r"\?[^;]*:", operand):
            yield line, "co_await in a conditional expression; use if"


@rule("await-macro")
def await_macro(source):
    for line, match in matches(source, r"\b((?:ASSERT|EXPECT|CO_ASSERT|CO_EXPECT)_[A-Z_]+|assert|CHECK|REQUIRE)\s*\("):
        start = source.code.index("(", match.start())
        if re.search(r"\bco_await\b", source.code[start : closing(source.code, start)]):
            yield line, f"co_await inside {match.group(1)}; store the value in a variable first"


@rule("await-binding")
def await_binding(source):
    for line, _ in matches(source, r"auto\s*&{0,2}\s*\[[^\]]*\]\s*=\s*co_await"):
        yield line, "a structured binding straight from co_await; store the value first"


@rule("await-condition")
def await_condition(source):
    """Store the awaited value in a named variable before testing it."""
    for line, match in matches(source, r"\b(?:if|while|switch)\s*(?:constexpr\s*)?\("):
        start = source.code.index("(", match.start())
        condition = source.code[start : closing(source.code, start)]
        if re.search(r"\bco_await\b", condition) and not re.match(r"\(\s*(const\s+)?[\w:<>, ]+[&\s]\s*\w+\s*=\s*co_await[^;]*;", condition):
            yield line, "co_await inside a condition; store the value in a variable first"


@rule("await-in-catch")
def await_in_catch(source):
    for line, match in matches(source, r"\bcatch\s*\([^)]*\)\s*\{"):
        body_at = match.end() - 1
        if re.search(r"\bco_await\b", source.code[body_at : closing(source.code, body_at)]):
            yield line, "co_await inside catch"


@rule("handler-assign")
def handler_assign(source):
    """Boost 1.81: any_completion_handler's move assignment recurses until the stack ends; may go with Boost 1.82."""
    if "any_completion_handler" not in source.code:
        return
    for line, _ in matches(source, r"(?m)^\s*(?:\w+(?:\.|->))*\w*(?:handler|done|waiter)_?\s*=\s*(?:std::move|std::exchange)\("):
        # The match begins in the white space before the statement.
        line += 1 if source.lines[line - 1].strip() == "" else 0
        yield line, "any_completion_handler must not be assigned (endless recursion in Boost 1.81); construct it or swap()"


@rule("promise")
def promise(source):
    if source.path.startswith("tests/toolchain/"):
        return
    for line, _ in matches(source, r"\bpromise_type\b|\bawait_(suspend|resume|ready)\b|coroutine_handle"):
        yield line, "no promise types or awaiters of our own; bridge with async_initiate"


@rule("empty-test")
def empty_test(source):
    if not source.path.startswith("tests/"):
        return
    for line, _ in matches(source, r"\bSUCCEED\(\)|(?:EXPECT|ASSERT)_TRUE\(true\)|GTEST_SKIP\(\)\s*;"):
        yield line, "a test that cannot fail, or skips without saying why"
