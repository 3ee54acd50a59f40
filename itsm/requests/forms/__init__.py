"""What an offering asks: typed questions in versions, and the answers given to them.

`definition` says what a form may hold and reads it strictly, `faults` checks it whole,
`answers` reads what somebody answered, `changed` compares two versions, `defaults`
fills in what is known, `posted` speaks HTML, `shown` tells answers. All of that is
pure; `actions` and `queries` keep the rows.
"""
