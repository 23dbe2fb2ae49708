defmodule Trail.AnnotationsTest do
  use ExUnit.Case, async: true
  use Trail.Annotations

  alias Trail.Annotations

  @usage ~S[; write @tag validates: {"PROJ-1234", "AC-3"}]

  setup context, do: Annotations.check(context)

  defp refusal(validates), do: Annotations.claims(%{validates: validates})

  test "every package takes and refuses the same words" do
    text = fn word -> if word == "''", do: "", else: word end

    seen =
      for {row, line} <- File.stream!("../cases.tsv") |> Stream.with_index(1),
          row = String.trim_trailing(row, "\n"),
          row != "" and not String.starts_with?(row, "#") do
        [verdict, item, criteria, revision, expected] = String.split(row, "\t")
        revision = if revision == "-", do: nil, else: String.to_integer(revision)

        tag =
          case {criteria, revision} do
            # An empty list names nothing and is as good as no tag; a revision stands in each tuple.
            {"-", _} -> []
            {one, nil} -> for c <- String.split(one, " "), do: {text.(item), text.(c)}
            {one, _} -> for c <- String.split(one, " "), do: {text.(item), text.(c), revision}
          end

        got = Annotations.claims(%{validates: tag})

        cond do
          criteria == "-" ->
            assert got == {:ok, []}

          verdict == "ok" ->
            assert {line, got} ==
                     {line, {:ok, for(claim <- String.split(expected, " "), do: {item, claim})}}

          # In Elixir each criterion has its own revision, so this can be said.
          expected == "a revision goes with one criterion" ->
            assert got == {:ok, [{"PROJ-12", "AC-3@2"}, {"PROJ-12", "AC-4@2"}]}

          true ->
            assert {:error, reason} = got
            assert String.starts_with?(reason, expected), "line #{line}: #{reason}"
            assert String.ends_with?(reason, @usage)
        end
      end

    assert length(seen) > 30
  end

  test "a tag that names no criterion is refused with what to write" do
    for {tag, reason} <- [
          {"AC-3", ~S["AC-3" names no criterion]},
          {true, "true names no criterion"},
          {["AC-3"], ~S["AC-3" names no criterion]},
          {{"X-1"}, ~S[{"X-1"} names no criterion]},
          {{"X-1", "AC-1", 2, 3}, ~S[{"X-1", "AC-1", 2, 3} names no criterion]},
          {{:x, "AC-1"}, "`:x` cannot be a work item"},
          {{"X-1", 3}, "`3` cannot be a criterion"},
          {{"X-1", "AC-1", "2"}, "`2` cannot be a revision"},
          {{"X-1\n", "AC-1"}, "`X-1\n` cannot be a work item"},
          {[{"X-1", "AC-1"}, {"X-1", "AC-1", 2}], "`AC-1` is named twice"}
        ] do
      assert refusal(tag) == {:error, reason <> @usage}
    end
  end

  test "a test without the tag names nothing" do
    assert Annotations.claims(%{}) == {:ok, []}
    assert Annotations.check(%{}) == :ok
  end

  test "check raises where a tag is malformed" do
    assert_raise ArgumentError, "`3` cannot be a criterion" <> @usage, fn ->
      Annotations.check(%{validates: {"X-1", "3"}})
    end
  end

  @tag validates: [{"X-1", "AC-1"}, {"X-1", "AC-2", 3}]
  test "the tag of a test is in its context", context do
    assert Annotations.claims(context) == {:ok, [{"X-1", "AC-1"}, {"X-1", "AC-2@3"}]}
  end

  # Test modules are compiled in a process of their own: this one's suite is running already.
  defp compiled(dir, block) do
    file = Path.join(dir, "sample_test.exs")

    File.write!(file, """
    ExUnit.start()

    defmodule SampleTest do
      use ExUnit.Case
      use Trail.Annotations

      describe "a block" do
        @describetag #{block}
        test "one", do: :ok
      end
    end
    """)

    System.cmd("elixir", ["-pa", Mix.Project.compile_path(), file], stderr_to_stdout: true)
  end

  @tag :tmp_dir
  test "the compiler refuses a malformed tag", %{tmp_dir: dir} do
    {out, status} = compiled(dir, ~S(validates: {"X-1", "3"}))
    assert status == 1

    assert out =~
             "sample_test.exs:9: test a block one: `3` cannot be a criterion" <> @usage
  end

  @tag :tmp_dir
  test "the compiler takes what is well formed", %{tmp_dir: dir} do
    {out, status} = compiled(dir, ~S(validates: {"X-1", "AC-1"}))
    assert {status, out =~ "1 test, 0 failures"} == {0, true}
  end
end
