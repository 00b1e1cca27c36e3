"""The rules of docs/adr and the style guide that no linter knows. Each returns findings; no findings, no breach."""

import ast
import inspect
import re
import typing
from collections.abc import Iterator

import msgspec

# Modules that only compute. Adding one is an ADR.
PURE_LIBRARIES = frozenset({"holidays", "leadcore", "liquid", "mjml", "msgspec", "phonenumbers"})
PURE_STDLIB = frozenset(
    {
        *("abc", "ast", "base64", "binascii", "bisect", "builtins", "collections", "contextlib", "copy", "dataclasses"),
        *("datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html"),
        *("inspect", "itertools", "json", "keyword", "math", "numbers", "operator", "re", "statistics", "string"),
        *("struct", "textwrap", "tomllib", "types", "typing", "unicodedata", "urllib.parse", "zlib", "zoneinfo"),
    }
)
# uuid1 and uuid4 read the clock and chance.
PURE_UUID = re.compile(r"UUID|uuid5|NAMESPACE_\w+")
ADAPTERS = re.compile(
    r"leadcore_(postgres|localpg|httpkit|shopmonkey|hubspot|shopware|twilio|sendgrid|anthropic|openai|filevault)(\.|$)"
)
VAGUE_NAMES = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"})
# Methods of the capability ports (src/leadcore/ports) that go out to a vendor.
VENDOR_CALLS = re.compile(
    r"send|stream|accepted_(for|from)|order|orders_\w+|customer|vehicle|appointment|message|services|check|register|fetch_\w+"
    r"|move_to_column|add_note|has_note|log_message|has_message|appointments|(find|book|move|cancel)_appointment"
)
FUNCTION_LINES = 40


def impure_imports(tree: ast.AST) -> list[str]:
    """The core imports modules that only compute."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [f"line {node.lineno}: import {alias.name}" for alias in node.names if not _is_pure(alias.name)]
        elif isinstance(node, ast.ImportFrom):
            found += [
                f"line {node.lineno}: from {node.module} import {alias.name}"
                for alias in node.names
                if not _is_pure(str(node.module), alias.name)
            ]
    return found


def _is_pure(module: str, name: str = "") -> bool:
    if module == "uuid":
        return PURE_UUID.fullmatch(name) is not None
    top = module.partition(".")[0]
    return top in PURE_LIBRARIES or top in PURE_STDLIB or module in PURE_STDLIB


def clock_readings(tree: ast.AST) -> list[str]:
    """Nobody in the core asks what time it is."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            (node.attr in {"now", "utcnow", "today"} and re.search(r"(^|\.)(datetime|date)$", ast.unparse(node.value)))
            or (ast.unparse(node.value) == "time" and re.search(r"time|monotonic|perf_counter", node.attr))
        )
    ]


def permits_made(tree: ast.AST) -> list[str]:
    """`SendPermit` is made by the gate: nobody else calls it, decodes one or copies one with changes."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _calls_for_permit(node)
    ]


def _calls_for_permit(call: ast.Call) -> bool:
    function = ast.unparse(call.func)
    if function in {"isinstance", "issubclass"}:
        return False
    subjects = [function, *(ast.unparse(value) for value in [*call.args, *(key.value for key in call.keywords)])]
    if re.search(r"(^|\.)replace$", function) and call.args:
        return re.search(r"(^|[._])permit$", subjects[1]) is not None
    return any(re.fullmatch(r"(\w+\.)*SendPermit", subject) for subject in subjects)


def adapter_imports(tree: ast.AST) -> list[str]:
    """Apps reach adapters by name through the registry, so a dynamic import is one, too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        elif isinstance(node, ast.Call) and re.search(r"import_module$|^__import__$", ast.unparse(node.func)):
            names = [str(value.value) for value in node.args if isinstance(value, ast.Constant)]
        else:
            continue
        found += [f"line {node.lineno}: {name}" for name in names if ADAPTERS.match(name)]
    return found


def vendor_calls_in_transactions(tree: ast.AST) -> list[str]:
    """Inside `async with ...unit_of_work... as uow` nothing waits for a vendor: locks would be held that long."""
    return [
        f"line {call.lineno}: {ast.unparse(call)}"
        for block in ast.walk(tree)
        if isinstance(block, ast.AsyncWith)
        for transaction in _transactions(block)
        for call in _calls_below(block)
        if isinstance(call.func, ast.Attribute)
        and VENDOR_CALLS.fullmatch(call.func.attr)
        and not _belongs_to(call.func.value, transaction)
    ]


def _transactions(block: ast.AsyncWith) -> Iterator[str]:
    for item in block.items:
        name = ast.unparse(item.optional_vars) if item.optional_vars else ""
        if name in {"uow", "work"} or re.search(r"unit_of_work|\buow\b|\bbegin\(", ast.unparse(item.context_expr)):
            yield name


def _calls_below(block: ast.AsyncWith) -> Iterator[ast.Call]:
    """Those that are waited for: `await x.f()`, `async for ... in x.f()`, `async with x.f()`."""
    waiting: list[ast.AST] = list(block.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Await):
            awaited: list[ast.AST] = [node.value]
        elif isinstance(node, ast.AsyncFor | ast.comprehension):
            awaited = [node.iter]
        elif isinstance(node, ast.AsyncWith):
            awaited = [item.context_expr for item in node.items]
        else:
            awaited = []
        yield from (call for call in awaited if isinstance(call, ast.Call))
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _belongs_to(value: ast.AST, transaction: str) -> bool:
    return bool(transaction) and ast.unparse(value).partition(".")[0] == transaction


def leads_saved(tree: ast.AST) -> list[str]:
    """A changed lead is saved by `save_lead`, which also arms what the shop's CRM is told about it."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and re.search(r"\.leads\.save$", ast.unparse(node.func))
    ]


def long_functions(tree: ast.AST) -> list[str]:
    """A function is read in one look. Its docstring does not count."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            if lines > FUNCTION_LINES:
                found.append(f"line {node.lineno}: {node.name} has {lines} lines")
    return found


def empty_words(tree: ast.AST) -> list[str]:
    """A class is named for its role or its mechanism, never for being a class."""
    return [
        f"line {node.lineno}: class {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and re.search(r"^Abstract|^I[A-Z][a-z]|.(Impl|Port|Manager|Helper)$", node.name)
    ]


def methods_without_tenant(repository: type) -> list[str]:
    """Every method says for which tenant, itself or through the items it takes.

    A protocol that is bound to one tenant as a whole says "Tenant-bound" in its docstring.
    """
    if "Tenant-bound" in (repository.__doc__ or ""):
        return []
    return [
        f"{repository.__name__}.{name}"
        for name, method in vars(repository).items()
        if inspect.isfunction(method) and not name.startswith("_") and not _names_tenant(method)
    ]


def _names_tenant(method: typing.Callable[..., object]) -> bool:
    hints = typing.get_type_hints(method)
    hints.pop("return", None)
    return any(name in {"tenant", "tenant_id"} or _carries_tenant(kind) for name, kind in hints.items())


def _carries_tenant(kind: object) -> bool:
    if getattr(kind, "__name__", "") == "TenantId":
        return True
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return any(getattr(field, "__name__", "") == "TenantId" for field in typing.get_type_hints(kind).values())
    return any(_carries_tenant(part) for part in typing.get_args(kind))
