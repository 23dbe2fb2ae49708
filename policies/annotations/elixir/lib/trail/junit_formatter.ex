defmodule Trail.JUnitFormatter do
  @moduledoc """
  An ExUnit formatter that writes JUnit XML, with what each test validates.

      ExUnit.start(formatters: [ExUnit.CLIFormatter, Trail.JUnitFormatter])

  The file is named by the environment variable `TRAIL_JUNIT`, else by `config :trail, junit: "FILE"`,
  else it is `_build/test/junit.xml`. It appears when the run is over, whole or not at all.
  """

  use GenServer

  alias Trail.JUnit

  @impl true
  def init(_options), do: {:ok, []}

  @impl true
  def handle_cast({:test_finished, test}, tests), do: {:noreply, [test | tests]}

  def handle_cast({:suite_finished, _times}, tests) do
    file = file()
    draft = "#{file}.#{System.unique_integer([:positive])}.part"
    File.mkdir_p!(Path.dirname(file))
    File.write!(draft, JUnit.report(Enum.reverse(tests)))
    File.rename!(draft, file)
    {:noreply, tests}
  end

  def handle_cast(_event, tests), do: {:noreply, tests}

  defp file do
    case System.get_env("TRAIL_JUNIT") do
      file when file in [nil, ""] -> Application.get_env(:trail, :junit, "_build/test/junit.xml")
      file -> file
    end
  end
end
