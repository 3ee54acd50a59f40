"""`@person`, `@team` and `INC-1042` in what people write."""
