# The formatter reports this very run as well.
ExUnit.start(formatters: [ExUnit.CLIFormatter, Trail.JUnitFormatter])
