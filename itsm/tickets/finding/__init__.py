"""Finding: the language of queries, words that were meant, what is shown of a match."""
