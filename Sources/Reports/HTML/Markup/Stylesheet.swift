extension Markup {
    /// How the page looks, in light and in dark, wide and narrow, with no fonts or pictures from elsewhere.
    static var stylesheet: Markup { Markup("style") { rules } }

    private static let rules = """

        :root {
          color-scheme: light dark;
          --paper: #ffffff; --panel: #f5f6f8; --ink: #1c2024; --muted: #5d6670; --rule: #dde1e6; --accent: #1f5fc4;
          --error: #c2410c; --c0: #1f5fc4; --c1: #c2500a; --c2: #19784a; --c3: #8a3fb0; --c4: #a61b4b; --c5: #5b6470;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #15181c; --panel: #1e2228; --ink: #e8eaed; --muted: #a3abb5; --rule: #353b43; --accent: #3b78d8;
            --error: #d9580f; --c0: #7db1ff; --c1: #ff9d57; --c2: #62d296; --c3: #d59bf2; --c4: #ff85aa; --c5: #b4bdc8;
          }
        }
        .c0 { --c: var(--c0) } .c1 { --c: var(--c1) } .c2 { --c: var(--c2) }
        .c3 { --c: var(--c3) } .c4 { --c: var(--c4) } .c5 { --c: var(--c5) }
        * { box-sizing: border-box }
        body {
          margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
        }
        header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px }
        header { padding-top: 28px }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 12px; overflow-wrap: anywhere }
        h2 { font-size: 21px; line-height: 1.3; margin: 0 0 8px }
        h3 { font-size: 16px; margin: 20px 0 8px }
        p { margin: 0 0 12px; max-width: 74ch }
        section { padding: 24px 0 12px; border-top: 1px solid var(--rule) }
        a { color: var(--c0) }
        nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 12px 0 20px }
        .lead { font-size: 17px }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 16px 0 }
        .tiles div { background: var(--panel); border-radius: 8px; padding: 10px 14px }
        .tiles dt { color: var(--muted); font-size: 13px }
        .tiles dd { margin: 0; font-size: 20px; font-weight: 600; overflow-wrap: anywhere }
        .note, figcaption, .muted { color: var(--muted); font-size: 14px }
        .missing { border-left: 4px solid var(--error); background: var(--panel); padding: 10px 14px; max-width: none }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 20px 28px }
        figure { margin: 0 }
        .chart figcaption { color: var(--ink); font-weight: 600; margin-bottom: 4px }
        .chart svg { display: block; width: 100%; height: auto; max-width: 600px }
        svg text { fill: var(--muted); font-size: 12px; font-family: inherit }
        svg .rule { stroke: var(--rule); stroke-width: 1 }
        svg .axis { stroke: var(--muted); stroke-width: 1 }
        svg .reference { stroke: var(--ink); stroke-width: 1 }
        svg .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round }
        svg .mark { fill: var(--paper); stroke: var(--c); stroke-width: 1.8 }
        svg .bar { fill: var(--c) }
        .legend {
          list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 0; margin: 4px 0 8px; font-size: 14px;
        }
        .legend li { display: flex; align-items: center; gap: 7px; overflow-wrap: anywhere }
        svg.sample { flex: none; width: 34px; height: 12px }
        .wide { overflow-x: auto; margin: 8px 0 16px }
        table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
        th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap }
        th { font-weight: 600 }
        th:first-child, td:first-child, td.text, th.text { text-align: left }
        thead th { color: var(--muted); vertical-align: bottom }
        .confusion td { padding: 6px 8px; text-align: center; min-width: 44px; border: 1px solid var(--rule) }
        .confusion th { max-width: 12em; overflow: hidden; text-overflow: ellipsis }
        .confusion thead th { text-align: center; padding: 6px 2px }
        .confusion thead th span { writing-mode: vertical-rl; transform: rotate(180deg); display: inline-block }
        .confusion td.right { background: color-mix(in srgb, var(--accent) var(--s), var(--paper)); font-weight: 700 }
        .confusion td.wrong { background: color-mix(in srgb, var(--error) var(--s), var(--paper)) }
        .confusion td.full { color: #ffffff }
        .confusion td.none { color: var(--muted) }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 236px), 1fr)); gap: 14px; margin-bottom: 14px }
        .card { background: var(--panel); border-radius: 8px; padding: 12px; font-size: 14px }
        .card .pair { display: flex; gap: 8px; align-items: center; margin-bottom: 8px }
        .card p { margin: 0; overflow-wrap: anywhere }
        img { max-width: 100%; height: auto; display: block }
        .pixels { image-rendering: pixelated; border-radius: 4px }
        .sheet { border: 1px solid var(--rule); border-radius: 6px; background: #ffffff }
        .motions { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 160px), 1fr)); gap: 2px 12px }
        .motions svg { display: block; width: 100%; height: auto; max-width: 230px }
        .motions figcaption { font-size: 13px }
        .class { border-top: 1px solid var(--rule); padding: 8px 0 }
        .class h3 { margin: 0 0 2px; overflow-wrap: anywhere }
        details { margin: 0 0 14px }
        summary { cursor: pointer; color: var(--c0) }
        dl.settings { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; font-size: 14px; margin: 10px 0 }
        dl.settings dt { color: var(--muted) }
        dl.settings dd { margin: 0; overflow-wrap: anywhere }
        code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.92em }
        footer { padding: 20px; color: var(--muted); font-size: 14px; border-top: 1px solid var(--rule) }
        @media (max-width: 520px) {
          header, main, footer { padding-left: 14px; padding-right: 14px }
          h1 { font-size: 23px }
          dl.settings { grid-template-columns: 1fr; gap: 0 }
          dl.settings dd { margin-bottom: 6px }
        }
        @media print { nav { display: none } section { break-inside: avoid-page } }

        """
}
