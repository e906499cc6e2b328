"""Rules of real firewalls, read from files of other programs.

In: the bytes of a rule sheet, of `nft -j list ruleset`, of `iptables-save`, of our Windows collector. Out:
`ImportedRules`: rules of the topology's kind, and an account of every rule that was opaque or left out.
An importer never guesses. What it does not understand becomes a rule with the action `unknown`, so that a flow that
could match it is neither allowed nor refused. Any bytes give `ImportedRules` or `RulesFileError`.
"""
