# A file of tests as a user would write it. Most of them fail, on purpose. Run by junit_test.exs.
ExUnit.start(formatters: [Trail.JUnitFormatter], seed: 0, exclude: [:slow])

defmodule Sample.FlowTest do
  use ExUnit.Case

  @tag validates: [{"X-1", "AC-1"}, {"X-1", "AC-2", 3}]
  test "passes", do: :ok

  @tag validates: {"X-1", "AC-1"}
  test "fails by assertion" do
    assert 1 == 2, "bell \a, null \0, not text #{<<255>>}, newline\nand <tag> & \"quotes\""
  end

  test "crashes", do: raise(KeyError, key: :missing, term: %{})
  test "throws", do: throw(:ball)
  test "exits", do: exit(:early)

  @tag :skip
  test "is skipped", do: :ok

  @tag skip: "not today"
  test "is skipped with a reason", do: :ok

  @tag :slow
  test "is excluded", do: :ok

  test "is not written yet"

  describe "a block" do
    @describetag validates: {"X-1", "AC-5"}
    test "stands for its tests", do: :ok

    @tag validates: "malformed"
    test "with a malformed tag", do: :ok
  end
end

defmodule Sample.BrokenTest do
  use ExUnit.Case
  setup_all do: raise("no database")
  test "never runs", do: :ok
end
