"""The Ninja writer: SCons' node graph as a build.ninja, and as a compile_commands.json.

SCons describes the graph; this walks its nodes and never asks SCons to scan or to sign. A command's
text is substituted once per (environment, action), not per node, with Ninja's own $in and $out
where SCons has $SOURCES and $TARGETS. A graph that cannot be expressed is a UserError: nothing of
the graph is dropped in silence.
"""

import json
import os
import re
import shlex
from contextlib import contextmanager
from pathlib import Path

import SCons.Action
import SCons.Environment
import SCons.Node.Alias
import SCons.Node.FS
import SCons.Subst
from SCons.Errors import UserError

from muslfall.base.files import replacing

#: Stands in for the parts of a command that differ from node to node. No command holds a NUL
#: byte, so that it can be told from everything else after substitution.
STAND_IN = re.compile("\0(in|out)(?:\\[(\\d+)\\])?\0")

#: Builders whose command ends with a compiler's, as compile_commands.json wants it.
COMPILING = ("Compile", "CompileObject")


class Files:
    """Stands for $SOURCES or $TARGETS while a command is substituted."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"\0{self.name}\0"

    def __getitem__(self, index):
        return f"\0{self.name}[{index}]\0"


class Unknown:
    """Stands for what SCons knows only when it executes."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        raise UserError(f"the Ninja writer cannot express ${self.name}; use backend=scons")


#: Which sources changed.
DYNAMIC = ("CHANGED_SOURCES", "CHANGED_TARGETS", "UNCHANGED_SOURCES", "UNCHANGED_TARGETS")
#: What would end a path in a build.ninja, and has no escape in ninja_syntax.
UNWRITABLE = re.compile(r"[$|\n]")


def stand_ins():
    """What SCons' names for sources and targets become in a rule."""
    sources, targets = Files("in"), Files("out")
    return {
        "SOURCES": sources,
        "TARGETS": targets,
        "SOURCE": sources[0],
        "TARGET": targets[0],
        **{name: Unknown(name) for name in DYNAMIC},
    }


def refuse(node, what):
    raise UserError(f"the Ninja writer cannot express {what} (of {node}); use backend=scons")


class Graph:
    """The edges under some nodes, in the order in which they are met; and their rules."""

    def __init__(self, env):
        self.env = env
        self.rules = {}
        self.edges = []
        self.texts = {}
        self.seen = set()

    def walk(self, node):
        """Add the edges of `node` and of all that it needs. Iterative: graphs are deep."""
        stack = [node]
        while stack:
            node = stack.pop()
            if id(node) in self.seen:
                continue
            self.seen.add(id(node))
            if isinstance(node, SCons.Node.Alias.Alias):
                needs = self.alias(node)
            elif node.has_explicit_builder():
                needs = self.edge(node)
            else:
                needs = self.source(node)
            stack.extend(reversed(needs))

    def source(self, node):
        if not isinstance(node, SCons.Node.FS.Base):
            refuse(node, f"a {type(node).__name__}")
        if node.is_derived():
            refuse(node, "a target without an explicit builder")
        return list(node.depends)

    def alias(self, node):
        if not node.has_builder():
            refuse(node, "an alias of nothing")
        if node.builder is not SCons.Environment.AliasBuilder:
            refuse(node, "an alias' action")
        needs = [*node.sources, *node.depends]
        self.edges.append(([str(node)], "phony", strings(needs), [], []))
        return needs

    def edge(self, node):
        """One edge of Ninja's; every target of the executor belongs to it."""
        executor = node.get_executor()
        targets, sources = executor.get_all_targets(), executor.get_all_sources()
        for target in targets:
            self.check(target)
            self.seen.add(id(target))
        if executor.pre_actions or executor.post_actions:
            refuse(node, "pre- or post-actions")
        rule = self.rule(node, executor, {"in": sources, "out": targets})
        implicit = unique(need for target in targets for need in target.depends)
        order_only = unique(need for t in targets for need in t.prerequisites or ())
        self.edges.append(
            (strings(targets), rule, strings(sources), strings(implicit), strings(order_only))
        )
        return [*sources, *implicit, *order_only]

    def check(self, node):
        if node.side_effects or node.side_effect:
            refuse(node, "a side effect")
        if node.always_build:
            refuse(node, "AlwaysBuild")
        if isinstance(node, SCons.Node.FS.Dir):
            refuse(node, "a directory as a target")
        if node.ignore:
            refuse(node, "Ignore")
        if node.builder.target_scanner or node.builder.source_scanner:
            refuse(node, "a builder's scanner")

    def builder_name(self, node):
        for name, builder in self.env["BUILDERS"].items():
            if builder is node.builder:
                return name
        return refuse(node, "a builder that is not in the environment")

    def rule(self, node, executor, files):
        """The rule's name for an edge. files: kind (in, out) to the edge's nodes."""
        name, text = self.builder_name(node), self.text(node, executor)
        for kind, index in STAND_IN.findall(text):
            if index and int(index) >= len(files[kind]):
                refuse(node, f"{kind}[{index}] of {len(files[kind])} files")
        if (name, text) not in self.rules:
            taken = sum(1 for rule_name, _ in self.rules if rule_name == name)
            self.rules[name, text] = name if not taken else f"{name}{taken + 1}"
        return self.rules[name, text]

    def text(self, node, executor):
        """The command of an edge, substituted once per environment, overrides and action."""
        actions = executor.get_action_list()
        overrides = tuple(map(freeze, executor.overridelist))
        key = (id(executor.env), overrides, tuple(map(id, actions)))
        if key not in self.texts:
            self.texts[key] = self.substitute(node, actions, executor.get_build_env())
        return self.texts[key]

    def substitute(self, node, actions, env):
        action = actions[0]
        if len(actions) > 1 or not isinstance(action, SCons.Action.CommandAction):
            kinds = ", ".join(type(action).__name__ for action in actions)
            refuse(node, f"an action that is not one command ({kinds})")
        text = subst(action.cmd_list, env)
        if "\n" in text:
            refuse(node, "a command of several lines")
        if text.startswith(("@", "-")):
            refuse(node, f"SCons' prefix {text[0]} of a command")
        if "\0" in STAND_IN.sub("", text):
            refuse(node, "other than single files of $SOURCES and $TARGETS, or all of them")
        return text


def subst(command, env):
    """A command's text as SCons would execute it, with the stand-ins for files."""
    lines = SCons.Subst.scons_subst_list(
        command, env, mode=SCons.Subst.SUBST_CMD, gvars=env.Dictionary(), lvars=stand_ins()
    )
    words = [SCons.Subst.escape_list(line, env["ESCAPE"]) for line in lines]
    return "\n".join(" ".join(line) for line in words)


def freeze(overrides):
    return tuple(sorted((key, str(value)) for key, value in overrides.items()))


def strings(nodes):
    """The nodes' paths. Raises UserError for one that a build.ninja cannot hold."""
    paths = [str(node) for node in nodes]
    for path in paths:
        if UNWRITABLE.search(path):
            refuse(repr(path), "a path with a $, a | or a line's end")
    return paths


def unique(nodes):
    return list(dict.fromkeys(nodes))


def command_text(text, single):
    """A command as Ninja wants it. single: the kinds of which every edge has one file."""

    def name(match):
        kind, index = match.groups()
        return f"${kind}" if index is None or kind in single else f"${kind}{index}"

    return STAND_IN.sub(name, text.replace("$", "$$"))


def bindings(text, single, files):
    """An edge's own variables: the files that its rule's command names one by one."""
    return {
        f"{kind}{index}": shlex.quote(files[kind][int(index)]).replace("$", "$$")
        for kind, index in STAND_IN.findall(text)
        if index and kind not in single
    }


def write(env, path, aliases, default, regenerate, logs):
    """Write the graph under `aliases` to `path`, and compile_commands.json beside it.

    default: the alias that `ninja` alone builds.
    regenerate: (command, inputs) that write this file anew.
    logs: the folder where Ninja notes what it has built; files that share outputs share it.
    """
    from ninja.ninja_syntax import Writer

    graph = Graph(env)
    for alias in aliases:
        for node in env.Alias(alias):
            graph.walk(node)
    single = single_kinds(graph)
    with whole(path) as file:
        writer = Writer(file, width=1000)
        writer.comment("Written by SConstruct; do not edit: ./muslfall build writes it anew.")
        writer.variable("ninja_required_version", "1.10")
        writer.variable("builddir", logs)
        write_rules(writer, env, graph, single)
        write_regeneration(writer, path, *regenerate)
        write_edges(writer, graph, single)
        writer.default([default])
    write_compile_commands(env, graph, os.path.join(os.path.dirname(path), "compile_commands.json"))


def single_kinds(graph):
    """Per rule, of which kinds (in, out) all its edges have exactly one file."""
    result = {}
    for outputs, rule, inputs, *_ in graph.edges:
        kinds = result.setdefault(rule, {"in", "out"})
        if len(outputs) != 1:
            kinds.discard("out")
        if len(inputs) != 1:
            kinds.discard("in")
    return result


def write_rules(writer, env, graph, single):
    for (name, text), rule in graph.rules.items():
        command = command_text(text, single[rule])
        writer.rule(rule, command, **env["NINJA_RULES"][name])
        writer.newline()


def write_edges(writer, graph, single):
    texts = {rule: text for (_, text), rule in graph.rules.items()}
    for outputs, rule, inputs, implicit, order_only in graph.edges:
        files = {"in": inputs, "out": outputs}
        own = bindings(texts.get(rule, ""), single[rule], files)
        writer.build(outputs, rule, inputs, implicit, order_only, variables=own)


def write_regeneration(writer, path, command, inputs):
    writer.rule("regenerate", command.replace("$", "$$"), description="write $out", generator=True)
    writer.build([path], "regenerate", implicit=sorted(inputs))
    # A file that is gone must not stop Ninja before it could write a graph without it.
    writer.build(sorted(inputs), "phony")


def write_compile_commands(env, graph, path):
    """The compile edges for clangd and kin, in the format of clang's JSON database."""
    folder = os.getcwd()
    compiler = env.subst("$CLANG")
    texts = {rule: text for (name, text), rule in graph.rules.items() if name in COMPILING}
    entries = []
    for outputs, rule, inputs, *_ in graph.edges:
        if rule in texts:
            files = {"in": shlex.quote(inputs[0]), "out": shlex.quote(outputs[0])}
            command = STAND_IN.sub(lambda match, files=files: files[match[1]], texts[rule])
            command = command[command.rindex(compiler) :]
            entries.append({"directory": folder, "file": inputs[0], "command": command})
    with whole(path) as file:
        json.dump(entries, file, indent=1)


@contextmanager
def whole(path):
    """A text file that appears whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with replacing(Path(path)) as beside, open(beside, "w", encoding="utf-8") as file:
        yield file


def generate(env):
    env.AddMethod(write, "WriteNinja")


def exists(env):
    return True
