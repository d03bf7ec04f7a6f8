"""The Ninja writer: SCons' node graph as a build.ninja, and as a compile_commands.json.

SCons describes the graph; this walks its nodes and never asks SCons to scan or to sign. A
command's text is substituted once per (environment, action), not per node, with Ninja's own
$in and $out where SCons has $SOURCES and $TARGETS. What cannot be expressed is a UserError:
nothing of the graph is dropped in silence.
"""

import json
import os
import re

import SCons.Action
import SCons.Node.Alias
import SCons.Node.FS
import SCons.Subst
from SCons.Errors import UserError

#: Stand-ins for the parts of a command that differ from node to node. No command holds a
#: NUL byte, so that they can be told from everything else after substitution.
IN, OUT = "\0in\0", "\0out\0"
STAND_IN = re.compile("\0(in|out)(?:\\[(\\d+)\\])?\0")


class Files:
    """Stands for $SOURCES or $TARGETS while a command is substituted."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"\0{self.name}\0"

    def __getitem__(self, index):
        return f"\0{self.name}[{index}]\0"


def stand_ins():
    """What SCons' names for sources and targets become in a rule."""
    sources, targets = Files("in"), Files("out")
    return {
        "SOURCES": sources,
        "TARGETS": targets,
        "SOURCE": sources[0],
        "TARGET": targets[0],
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
        needs = [*node.sources, *node.depends]
        self.edges.append(([str(node)], "phony", strings(needs), [], [], {}))
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
        name = self.builder_name(node, executor)
        rule, bindings = self.rule(name, node, executor, targets, sources)
        implicit = unique(need for target in targets for need in target.depends)
        order_only = unique(need for t in targets for need in t.prerequisites or ())
        self.edges.append(
            (strings(targets), rule, strings(sources), strings(implicit),
             strings(order_only), bindings)
        )
        return [*sources, *implicit, *order_only]

    def check(self, node):
        if node.side_effects or node.side_effect:
            refuse(node, "a side effect")
        if node.always_build:
            refuse(node, "AlwaysBuild")
        if isinstance(node, SCons.Node.FS.Dir):
            refuse(node, "a directory as a target")

    def builder_name(self, node, executor):
        for name, builder in self.env["BUILDERS"].items():
            if builder is node.builder or getattr(builder, "builder", None) is node.builder:
                return name
        return refuse(node, "a builder that is not in the environment")

    def rule(self, name, node, executor, targets, sources):
        """The rule's name for an edge, and the edge's bindings."""
        text = self.text(node, executor)
        key = (name, text)
        if key not in self.rules:
            taken = sum(1 for rule_name, _ in self.rules if rule_name == name)
            self.rules[key] = name if not taken else f"{name}{taken + 1}"
        bindings = {}
        for kind, index in STAND_IN.findall(text):
            if index and (len(targets) if kind == "out" else len(sources)) > 1:
                nodes = targets if kind == "out" else sources
                if int(index) >= len(nodes):
                    refuse(node, f"{kind}[{index}] of only {len(nodes)} files")
                bindings[f"{kind}{index}"] = str(nodes[int(index)])
            elif index and int(index) > 0:
                refuse(node, f"{kind}[{index}] of only one file")
            elif not index and kind == "out" and len(targets) > 1:
                continue
        return self.rules[key], bindings

    def text(self, node, executor):
        """The command of an edge, substituted once per environment, overrides and action."""
        actions = executor.get_action_list()
        overrides = tuple(map(freeze, executor.overridelist))
        key = (id(executor.env), overrides, tuple(map(id, actions)))
        if key not in self.texts:
            self.texts[key] = self.substitute(node, actions, executor.get_build_env())
        return self.texts[key]

    def substitute(self, node, actions, env):
        commands = []
        for action in actions:
            if not isinstance(action, SCons.Action.CommandAction):
                refuse(node, f"an action that is no command ({type(action).__name__})")
            commands.append(subst(action.cmd_list, env))
        text = " && ".join(commands)
        if "\n" in text:
            refuse(node, "a command of several lines")
        return text


def subst(command, env):
    """A command's text, with the stand-ins for files."""
    text = SCons.Subst.scons_subst(
        command, env, mode=SCons.Subst.SUBST_CMD, gvars=env.Dictionary(), lvars=stand_ins()
    )
    return " ".join(text.split())


def freeze(overrides):
    return tuple(sorted((key, str(value)) for key, value in overrides.items()))


def strings(nodes):
    return [str(node) for node in nodes]


def unique(nodes):
    return list(dict.fromkeys(nodes))


def command_text(text, single):
    """A command as Ninja wants it. single: the kinds of which every edge has one file."""

    def name(match):
        kind, index = match.groups()
        if index is None or kind in single:
            return f"${kind}"
        return f"${kind}{index}"

    parts = STAND_IN.split(text.replace("$", "$$"))
    del parts
    return STAND_IN.sub(name, text.replace("$", "$$"))


def write(env, path, aliases, default, regenerate):
    """Write the graph under `aliases` to `path`, and compile_commands.json beside it.

    default: the alias that `ninja` alone builds.
    regenerate: (command, inputs) that write this file anew.
    """
    from ninja.ninja_syntax import Writer

    graph = Graph(env)
    for alias in aliases:
        for node in env.Alias(alias):
            graph.walk(node)
    single = single_kinds(graph)
    with Atomic(path) as file:
        writer = Writer(file, width=1000)
        writer.comment("Written by SConstruct; do not edit: ./muslfall build writes it anew.")
        writer.variable("ninja_required_version", "1.10")
        writer.variable("builddir", os.path.dirname(path))
        write_rules(writer, env, graph, single)
        write_regeneration(writer, path, *regenerate)
        for outputs, rule, inputs, implicit, order_only, bindings in graph.edges:
            writer.build(outputs, rule, inputs, implicit, order_only, variables=bindings)
        writer.default([default])
    write_compile_commands(graph, os.path.join(os.path.dirname(path), "compile_commands.json"))


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


def write_regeneration(writer, path, command, inputs):
    writer.rule("regenerate", command.replace("$", "$$"), description="write $out", generator=True)
    writer.build([path], "regenerate", implicit=sorted(inputs))
    # A file that is gone must not stop Ninja before it could write a graph without it.
    writer.build(sorted(inputs), "phony")


def write_compile_commands(graph, path):
    """The compile edges for clangd and kin, in the format of clang's JSON database."""
    folder = os.getcwd()
    texts = {rule: text for (name, text), rule in graph.rules.items() if name == "Compile"}
    entries = []
    for outputs, rule, inputs, *_ in graph.edges:
        if rule in texts:
            files = {"in": inputs[0], "out": outputs[0]}
            command = STAND_IN.sub(lambda match, files=files: files[match[1]], texts[rule])
            command = command.partition("compile.sh ")[2].partition(" ")[2]
            entries.append({"directory": folder, "file": inputs[0], "command": command})
    with Atomic(path) as file:
        json.dump(entries, file, indent=1)


class Atomic:
    """A text file that appears whole or not at all."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        self.file = open(self.path + ".tmp", "w", encoding="utf-8")
        return self.file

    def __exit__(self, kind, *_):
        self.file.close()
        if kind is None:
            os.replace(self.path + ".tmp", self.path)


def generate(env):
    env.AddMethod(write, "WriteNinja")


def exists(env):
    return True
