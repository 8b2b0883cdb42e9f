"""What `tracetui doctor` looks at: the machine, the terminal, our files, and the health of sources.

    findings ── a Finding: what, whether it has to be mended, and how
    private  ── what of a path, a model's name or an id may stand in a bug report
    versions · terminal · places · settings · ports     facts about this machine, and what is to be said of them
    sources · prompts · mounts                          facts about one source
    report   ── all of it as one object: what `--json` prints, as docs/json.md describes it

Nothing here holds a text of a trace longer than to take a digest of it. Facts are gathered by `look_at_…`, and judged by
`judge_…`, which are pure.
"""
