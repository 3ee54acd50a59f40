"""The pages of the people room: settings, the account, the first run."""
