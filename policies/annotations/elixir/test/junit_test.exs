defmodule Trail.JUnitTest do
  use ExUnit.Case, async: true

  # Runs the sample in a process of its own and reads its report.
  @tag :tmp_dir
  test "the report says of each test how it ended and what it validates", %{tmp_dir: dir} do
    file = Path.join(dir, "deeper/out.xml")
    code = Mix.Project.compile_path()
    sample = Path.expand("test/sample.exs")
    env = [{"TRAIL_JUNIT", file}]

    {_out, status} = System.cmd("elixir", ["-pa", code, sample], env: env, stderr_to_stdout: true)

    assert status == 2
    assert File.ls!(Path.dirname(file)) == ["out.xml"]
    {suites, []} = file |> String.to_charlist() |> :xmerl_scan.file(space: :normalize)
    [suite] = children(suites)

    assert attributes(suite, ~w(name tests failures errors skipped)a) ==
             ["ExUnit", "11", "2", "4", "2"]

    lines = File.read!(sample) |> String.split("\n") |> Enum.with_index(1)
    line = fn text -> lines |> Enum.find(&String.contains?(elem(&1, 0), text)) |> elem(1) end

    found =
      for one <- children(suite) do
        assert attributes(one, [:file]) == ["test/sample.exs"]
        [classname, name, at] = attributes(one, [:classname, :name, :line])

        title =
          name |> String.replace("test ", "", global: false) |> String.replace("a block ", "")

        assert {name, String.to_integer(at)} == {name, line.(~s(test "#{title}"))}
        {classname, name, pairs(one), outcome(one)}
      end

    flow = "Sample.FlowTest"
    block = [{"X-1", "AC-5"}]

    assert Enum.sort(found) ==
             Enum.sort([
               {"Sample.BrokenTest", "test never runs", [],
                {:error, "setup_all", "the module could not be set up"}},
               {flow, "test a block stands for its tests", block, :passed},
               {flow, "test a block with a malformed tag", [], :passed},
               {flow, "test crashes", [], {:error, "KeyError", "key :missing not found in: %{}"}},
               {flow, "test exits", [], {:error, "exit", "** (exit) :early"}},
               {flow, "test fails by assertion", [{"X-1", "AC-1"}],
                {:failure, "ExUnit.AssertionError",
                 "bell \\x07, null \\x00, not text \\xff, newline\nand <tag> & \"quotes\""}},
               {flow, "test is not written yet", [],
                {:failure, "ExUnit.AssertionError", "Not implemented"}},
               {flow, "test is skipped", [], {:skipped, nil, "due to skip tag"}},
               {flow, "test is skipped with a reason", [], {:skipped, nil, "not today"}},
               {flow, "test passes", [{"X-1", "AC-1"}, {"X-1", "AC-2@3"}], :passed},
               {flow, "test throws", [], {:error, "throw", "** (throw) :ball"}}
             ])

    assert File.read!(file) =~ "test/sample.exs:#{line.("assert 1 == 2")}"
  end

  defp children(element), do: for(one <- elem(element, 8), elem(one, 0) == :xmlElement, do: one)

  defp attributes(element, names) do
    for name <- names do
      Enum.find_value(elem(element, 7), fn one ->
        if elem(one, 1) == name, do: to_string(elem(one, 8))
      end)
    end
  end

  defp pairs(element) do
    for(holder <- children(element), elem(holder, 1) == :properties, do: children(holder))
    |> Enum.concat()
    |> Enum.map(&attributes(&1, [:name, :value]))
    |> Enum.chunk_every(2)
    |> Enum.map(fn [["trail.work_item", item], ["trail.criterion", claim]] -> {item, claim} end)
  end

  defp outcome(element) do
    case Enum.reject(children(element), &(elem(&1, 1) == :properties)) do
      [] -> :passed
      [one] -> List.to_tuple([elem(one, 1) | attributes(one, [:type, :message])])
    end
  end
end
