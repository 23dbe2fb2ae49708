//! GitHub Issues as the bus, and GitHub as the place of pull requests.
