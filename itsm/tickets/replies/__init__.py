"""Ready answers with `{fields}`: one person's own, or a team's."""
