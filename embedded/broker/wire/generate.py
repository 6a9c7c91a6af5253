#!/usr/bin/env python3
"""generate.py DESCRIPTION NAMESPACE OUT.hpp OUT.cpp: C++ structs with read and write functions from a message description.

The notation is explained at the head of messages.txt. Requests become structs of views into their frame; responses and journal records own
what they hold. A journal record stands as `record NUMBER NAME`, with its fields below; it is always flexible, so that later fields can be
tagged, and has version 0.
"""
import pathlib
import re
import sys

NEVER = 32767
SCALARS = {"bool": "bool", "i8": "std::int8_t", "i16": "std::int16_t", "i32": "std::int32_t", "i64": "std::int64_t", "error": "ErrorCode", "uuid": "Uuid"}
READ_SCALAR = {"bool": "in.boolean()", "error": "static_cast<ErrorCode>(in.i16())"}
LEAST = {"bool": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "error": 2, "uuid": 16}


class Fault(Exception):
    pass


def versions(text):
    """"3+" and "1-7" as (first, last)."""
    match = re.fullmatch(r"(\d+)(\+|-(\d+))?", text)
    if not match:
        raise Fault(f"'{text}' is no range of versions")
    first = int(match[1])
    last = NEVER if match[2] == "+" else int(match[3] or first)
    if last < first:
        raise Fault(f"'{text}' is no range of versions")
    return first, last


class Field:
    def __init__(self, words):
        if len(words) < 2:
            raise Fault("a field wants a name and a type")
        self.name, kind = words[0], words[1]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise Fault(f"'{self.name}' is no name in snake_case")
        self.array = kind.startswith("[]")
        self.kind = kind.removeprefix("[]")
        self.present, self.nullable, self.tag, self.default = (0, NEVER), None, None, None
        self.fields = []
        for word in words[2:]:
            if word.startswith("?"):
                self.nullable = versions(word[1:])[0] if word != "?" else 0
            elif word.startswith("#"):
                if not word[1:].isdigit():
                    raise Fault(f"'{word}' is no tag")
                self.tag = int(word[1:])
            elif word.startswith("="):
                self.default = word[1:]
            else:
                self.present = versions(word)
        if not self.is_struct and self.kind not in (*SCALARS, "string", "bytes", "records"):
            raise Fault(f"{self.name}: no type '{self.kind}'")
        if self.nullable is not None and not self.array and (self.is_struct or self.kind in SCALARS):
            raise Fault(f"{self.name}: {kind} cannot be null")
        if self.default is not None and (self.array or self.kind not in SCALARS):
            raise Fault(f"{self.name}: {kind} has no default but its empty value")

    @property
    def is_struct(self):
        return self.kind[0].isupper()


class Message:
    """One struct of the top level: a request, a response or a journal record."""

    def __init__(self, name, low, high, flexible, views, key=None):
        self.name, self.low, self.high, self.flexible, self.views, self.key = name, low, high, flexible, views, key
        self.fields = []


def parse_api(words, apis):
    if len(words) < 4 or len(words) % 2 != 0:
        raise Fault("wanted: api KEY NAME MIN-MAX [serve MIN+] [flexible VERSION+]")
    options = dict(zip(words[4::2], words[5::2]))
    if set(options) - {"serve", "flexible"}:
        raise Fault(f"unknown words {', '.join(options)}")
    low, high = versions(words[3])
    serve = versions(options["serve"])[0] if "serve" in options else low
    flexible = versions(options["flexible"])[0] if "flexible" in options else NEVER
    if not words[1].isdigit():
        raise Fault(f"'{words[1]}' is no api key")
    api = {"key": int(words[1]), "name": words[2], "low": low, "high": high, "serve": serve, "flexible": flexible}
    if any(other["key"] == api["key"] or other["name"] == api["name"] for other in apis):
        raise Fault("this api stands twice")
    return api


def parse_message(words, apis):
    if words[0] == "record" and len(words) == 3 and words[1].isdigit():
        return Message(words[2] + "Record", 0, 0, 0, views=False, key=int(words[1]))
    if words[0] in ("request", "response") and len(words) == 1:
        if not apis:
            raise Fault(f"a {words[0]} before any api")
        api = apis[-1]
        return Message(api["name"] + words[0].capitalize(), api["serve"], api["high"], api["flexible"], words[0] == "request", api["key"])
    raise Fault(f"unknown word '{words[0]}'")


def add_field(field, to, message):
    if any(other.name == field.name for other in to.fields):
        raise Fault(f"{field.name} stands twice")
    if field.tag is not None:
        if message.flexible == NEVER:
            raise Fault(f"{field.name}: a tag wants a message with flexible versions")
        if any(other.tag == field.tag for other in to.fields):
            raise Fault(f"{field.name}: tag {field.tag} stands twice")
    to.fields.append(field)


def parse(lines):
    apis, messages, stack, structs = [], [], [], []
    for number, line in enumerate(lines, 1):
        try:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            spaces = len(line) - len(line.lstrip())
            if spaces == 0 and words[0] == "api":
                apis.append(parse_api(words, apis))
            elif spaces == 0:
                messages.append(parse_message(words, apis))
                if any(other.name == messages[-1].name for other in messages[:-1]):
                    raise Fault(f"{messages[-1].name} stands twice")
                stack = [messages[-1]]
            else:
                depth = spaces // 2
                if spaces % 2 != 0:
                    raise Fault("each level is indented by two spaces")
                if depth > len(stack):
                    raise Fault("indented too far")
                field = Field(words)
                del stack[depth:]
                add_field(field, stack[-1], messages[-1])
                if field.is_struct:
                    stack.append(field)
                    structs.append((number, line, field))
        except Fault as fault:
            raise Fault(f"line {number}: {fault}: {line.strip()}") from fault
    for number, line, field in structs:
        if not field.fields:
            raise Fault(f"line {number}: a struct with no fields: {line.strip()}")
    return apis, messages


def always_null_from(field, message):
    return field.nullable is not None and field.nullable <= message.low


def cpp_type(field, message):
    if field.is_struct:
        base = field.kind
    elif field.kind in SCALARS:
        base = SCALARS[field.kind]
    elif field.kind == "records":
        base = "std::string_view" if message.views else "Records"
    else:
        base = "std::string_view" if message.views else "std::string"
    if field.array:
        base = f"std::vector<{base}>"
    optional = field.nullable is not None and base != "Records"
    return f"std::optional<{base}>" if optional else base


def initialiser(field):
    if field.array or field.nullable is not None or field.is_struct:
        return ""
    if field.default is not None:
        # -2^31 is no literal in C++.
        default = "std::numeric_limits<std::int32_t>::min()" if field.default == "-2147483648" else field.default
        return f" = {default}"
    return {"bool": " = false", "error": " = ErrorCode::none", "uuid": "", "string": "", "bytes": "", "records": ""}.get(field.kind, " = 0")


def declare(out, name, fields, message, indent, extra=()):
    out.append(f"{indent}struct {name} {{")
    for line in extra:
        out.append(f"{indent}  {line}")
    for field in fields:
        if field.is_struct:
            declare(out, field.kind, field.fields, message, indent + "  ")
    for field in fields:
        out.append(f"{indent}  {cpp_type(field, message)} {field.name}{initialiser(field)};")
    out.append(f"{indent}  friend bool operator==(const {name}&, const {name}&) = default;")
    out.append(f"{indent}}};")


def least(fields, message):
    """The fewest bytes that a struct takes on the wire, in any version."""
    total = 0
    for field in fields:
        everywhere = field.tag is None and field.present[0] <= message.low and field.present[1] >= message.high
        if not everywhere:
            continue
        if field.array or field.kind in ("string", "bytes", "records"):
            total += 1
        elif field.is_struct:
            total += least(field.fields, message)
        else:
            total += LEAST[field.kind]
    return max(total, 1)


def condition(first, last, message):
    parts = []
    if first > message.low:
        parts.append(f"v >= {first}")
    if last < message.high:
        parts.append(f"v <= {last}")
    return " && ".join(parts)


def guarded(out, test, lines):
    if not test:
        out.extend("  " + line for line in lines)
    elif len(lines) == 1:
        out.append(f"  if ({test}) {lines[0]}")
    else:
        out.append(f"  if ({test}) {{")
        out.extend("    " + line for line in lines)
        out.append("  }")


def owned(field, message, text):
    """A string that was read, as what the struct holds."""
    return text if message.views else f"std::string({text})"


def read_one(field, message, target):
    """Statements that read one element into target."""
    if field.is_struct:
        return [f"read(in, v, {target});"]
    if field.kind in SCALARS:
        return [f"{target} = {READ_SCALAR.get(field.kind, f'in.{field.kind}()')};"]
    call = "string" if field.kind == "string" else "bytes"
    return [f"{target} = {owned(field, message, f'in.{call}(flexible)')};"]


def read_nullable(field, message):
    target = f"m.{field.name}"
    call = "nullable_string" if field.kind == "string" else "nullable_bytes"
    if field.kind == "records" and not message.views:
        return [f"{target}.bytes = std::string(in.nullable_bytes(flexible).value_or(std::string_view()));"]
    reader = f"in.{call}(flexible)"
    if message.views:
        lines = [f"{target} = {reader};"]
    else:
        lines = [f"if (const auto value = {reader}) {target} = std::string(*value);"]
    if not always_null_from(field, message):
        lines.append(f"if (v < {field.nullable} && !{target}) in.fail();")
    return lines


def read_field(field, message):
    target = f"m.{field.name}"
    if field.array:
        size = least(field.fields, message) if field.is_struct else LEAST.get(field.kind, 1)
        element = read_one(field, message, "each")[0]
        if field.nullable is None:
            return [f"{target}.resize(static_cast<std::size_t>(in.required_array(flexible, {size})));", f"for (auto& each : {target}) {element}"]
        lines = [f"if (const std::int32_t count = in.array(flexible, {size}); count >= 0) {{",
                 f"  for (auto& each : {target}.emplace(static_cast<std::size_t>(count))) {element}"]
        if always_null_from(field, message):
            return lines + ["}"]
        return lines + [f"}} else if (v < {field.nullable}) {{", "  in.fail();", "}"]
    if field.is_struct or field.kind in SCALARS:
        return read_one(field, message, target)
    if field.nullable is not None:
        return read_nullable(field, message)
    return read_one(field, message, target)


def write_one(field, source):
    if field.is_struct:
        return f"write(out, v, {source});"
    if field.kind == "bool":
        return f"out.boolean({source});"
    if field.kind == "error":
        return f"out.i16(static_cast<std::int16_t>({source}));"
    if field.kind in SCALARS:
        return f"out.{field.kind}({source});"
    return f"out.{'string' if field.kind == 'string' else 'bytes'}(flexible, {source});"


def write_field(field, message):
    source = f"m.{field.name}"
    if field.array:
        element = write_one(field, "each")
        if field.nullable is None:
            return [f"out.array(flexible, static_cast<std::int64_t>({source}.size()));", f"for (const auto& each : {source}) {element}"]
        missing = "-1" if always_null_from(field, message) else f"(v >= {field.nullable} ? -1 : 0)"
        return [f"out.array(flexible, {source} ? static_cast<std::int64_t>({source}->size()) : {missing});",
                f"if ({source}) {{", f"  for (const auto& each : *{source}) {element}", "}"]
    if field.kind == "records" and not message.views:
        return [f"out.records(flexible, {source});"]
    if field.nullable is not None:
        call = "nullable_string" if field.kind == "string" else "nullable_bytes"
        null = [f"out.{call}(flexible, {source});"]
        if always_null_from(field, message):
            return null
        plain = "string" if field.kind == "string" else "bytes"
        return [f"if (v >= {field.nullable}) out.{call}(flexible, {source});", f"else out.{plain}(flexible, {source} ? std::string_view(*{source}) : std::string_view());"]
    return [write_one(field, source)]


def uses_flexible(fields, message):
    return any(field.tag is None and (field.array or field.kind in ("string", "bytes", "records")) for field in fields) or message.flexible < NEVER


def define(out, path, fields, message, public):
    for field in fields:
        if field.is_struct:
            define(out, f"{path}::{field.kind}", field.fields, message, public=False)
    plain = [field for field in fields if field.tag is None]
    tagged = sorted((field for field in fields if field.tag is not None), key=lambda field: field.tag)
    linkage = "" if public else "static "
    flexible = "false" if message.flexible == NEVER else "true" if message.flexible <= message.low else f"v >= {message.flexible}"
    head = f"  [[maybe_unused]] const bool flexible = {flexible};"

    out.append(f"{linkage}void read(Reader& in, [[maybe_unused]] std::int16_t v, {path}& m) {{")
    out.append(head)
    for field in plain:
        guarded(out, condition(*field.present, message), read_field(field, message))
    if tagged:
        out += ["  if (!flexible) return;", "  for (std::uint32_t left = in.begin_tags(); left > 0 && in.ok(); --left) {",
                "    Reader payload{std::string_view()};", "    const std::uint32_t tag = in.tag(&payload);"]
        for field in tagged:
            out.append(f"    if (tag == {field.tag}) {{")
            out += ["      Reader& outer = in;", "      {", "        Reader& in = payload;"]
            out += ["        " + line for line in read_field(field, message)]
            out += ["      }", "      outer.end_tag(payload);", "    }"]
        out.append("  }")
    elif message.flexible < NEVER:
        out.append("  if (flexible) in.skip_tags();")
    out += ["}", ""]

    out.append(f"{linkage}void write(Writer& out, [[maybe_unused]] std::int16_t v, const {path}& m) {{")
    out.append(head)
    for field in plain:
        guarded(out, condition(*field.present, message), write_field(field, message))
    if tagged:
        out += ["  if (!flexible) return;", f"  static const {path} kDefault;"]
        tests = []
        for field in tagged:
            present = condition(*field.present, message)
            tests.append((field, " && ".join(filter(None, [present, f"m.{field.name} != kDefault.{field.name}"]))))
        out.append("  out.unsigned_varint(" + " + ".join(f"(({test}) ? 1u : 0u)" for _, test in tests) + ");")
        for field, test in tests:
            out += [f"  if ({test}) {{", "    Writer payload;", "    {", "      Writer& outer = out;", "      (void)outer;", "      Writer& out = payload;"]
            out += ["      " + line for line in write_field(field, message)]
            out += ["    }", f"    out.tag({field.tag}, std::move(payload));", "  }"]
    elif message.flexible < NEVER:
        out.append("  if (flexible) out.unsigned_varint(0);")
    out += ["}", ""]


def generate(description, namespace, header_path, source_path):
    apis, messages = parse(description.read_text().splitlines())
    include = str(header_path).split("generated/", 1)[1]
    note = f"// Generated from {description.name} by generate.py; change that."
    header = [note, "#pragma once", "", '#include "embedded/broker/wire/error_code.hpp"', '#include "embedded/broker/wire/reader.hpp"',
              '#include "embedded/broker/wire/writer.hpp"', "", "#include <limits>", "", f"namespace {namespace} {{", ""]
    source = [note, f'#include "{include}"', "", f"namespace {namespace} {{", ""]
    if namespace != "weir::embedded::broker::wire":
        header += [f"using wire::{name};" for name in ("ErrorCode", "Reader", "Writer", "Records")] + [""]
    if apis:
        header += ["enum class ApiKey : std::int16_t {"] + [f"  {snake(api['name'])} = {api['key']}," for api in apis] + ["};", ""]
        header += ["// What ApiVersions tells; sorted by key. From `serve_min` on requests are really served.", "struct Api {", "  ApiKey key;", "  std::string_view name;",
                   "  std::int16_t min, max, serve_min, flexible;", "};"]
        rows = [f"    {{ApiKey::{snake(api['name'])}, \"{api['name']}\", {api['low']}, {api['high']}, {api['serve']}, {api['flexible']}}}," for api in sorted(apis, key=lambda api: api["key"])]
        header += ["inline constexpr Api kApis[] = {"] + rows + ["};", ""]
    for message in messages:
        if message.name.endswith("Record"):
            extra = [f"static constexpr std::int16_t kNumber = {message.key};"]
        else:
            extra = [f"static constexpr ApiKey kKey = static_cast<ApiKey>({message.key});"]
        declare(header, message.name, message.fields, message, "", extra)
        header += [f"void read(Reader& in, std::int16_t version, {message.name}& message);",
                   f"void write(Writer& out, std::int16_t version, const {message.name}& message);", ""]
        define(source, message.name, message.fields, message, public=True)
    if apis:
        header += visitor("request", apis) + visitor("response", apis)
    for lines, path in ((header, header_path), (source, source_path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*lines, f"}}  // namespace {namespace}", ""]))


def visitor(kind, apis):
    """A function that leads from an api key to the type of its request or response."""
    cases = [f"    case ApiKey::{snake(api['name'])}: use({api['name']}{kind.capitalize()}()); return true;" for api in apis]
    return [f"// Calls `use` with an empty {kind} of that API; false when there is none.", "template <class Use>",
            f"bool with_{kind}(ApiKey key, Use&& use) {{", "  switch (key) {", *cases, "  }", "  return false;", "}", ""]


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


if __name__ == "__main__":
    try:
        generate(pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
    except Fault as fault:
        sys.exit(f"{sys.argv[1]}: {fault}")
