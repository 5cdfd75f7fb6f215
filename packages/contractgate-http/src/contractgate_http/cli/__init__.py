"""Commands that need a network; core's command line finds them by their entry points."""
