defmodule Trail.JUnit do
  @moduledoc """
  JUnit XML of ExUnit's results: the elements and attributes that pytest's report has.

  The class name is the module, the name is ExUnit's own (`test flows a flow has a duration`).
  `<failure>` is an assertion that did not hold, `<error>` everything else that ended a test.
  """

  alias Trail.Annotations

  @doc "Returns the report of tests as formatters get them when they are finished."
  @spec report([ExUnit.Test.t()]) :: iodata()
  def report(tests) do
    # An excluded test was never meant to run: it is no part of what this run tells.
    cases = for test <- tests, not match?({:excluded, _}, test.state), do: {test, outcome(test)}

    [
      ~s(<?xml version="1.0" encoding="utf-8"?>\n),
      element("testsuites", [], [
        element(
          "testsuite",
          [
            name: "ExUnit",
            tests: length(cases),
            failures: Enum.count(cases, &match?({_, {:failure, _, _, _}}, &1)),
            errors: Enum.count(cases, &match?({_, {:error, _, _, _}}, &1)),
            skipped: Enum.count(cases, &match?({_, {:skipped, _}}, &1)),
            time: seconds(cases |> Enum.map(fn {test, _} -> test.time end) |> Enum.sum())
          ],
          Enum.map(cases, &case_element/1)
        )
      ]),
      "\n"
    ]
  end

  defp case_element({test, outcome}) do
    attributes = [
      classname: inspect(test.module),
      name: test.name,
      file: file(test.tags[:file]),
      line: test.tags[:line],
      time: seconds(test.time)
    ]

    element("testcase", attributes, [properties(test.tags), outcome_element(outcome)])
  end

  defp properties(tags) do
    case Annotations.claims(tags) do
      {:ok, [_ | _] = claims} ->
        pairs =
          for {item, criterion} <- claims,
              {name, value} <- [{"trail.work_item", item}, {"trail.criterion", criterion}] do
            element("property", [name: name, value: value], [])
          end

        element("properties", [], pairs)

      # A malformed tag names nothing; `use Trail.Annotations` and `trail lint` tell of it.
      _ ->
        []
    end
  end

  defp outcome(%{state: nil}), do: :passed
  defp outcome(%{state: {:skipped, reason}}), do: {:skipped, reason}

  defp outcome(%{state: {:invalid, _module}}),
    do: {:error, "setup_all", "the module could not be set up", ""}

  defp outcome(%{state: {:failed, failures}} = test) do
    {tag, {type, message}} =
      case Enum.reject(failures, &assertion?/1) do
        [] -> {:failure, told(hd(failures))}
        [worst | _] -> {:error, told(worst)}
      end

    {tag, type, message, text(test, failures)}
  end

  defp assertion?({:error, %ExUnit.AssertionError{}, _stack}), do: true

  defp assertion?({:error, %ExUnit.MultiError{errors: errors}, _}),
    do: Enum.all?(errors, &assertion?/1)

  defp assertion?(_other), do: false

  defp told({:error, %ExUnit.MultiError{errors: errors}, _}) do
    told(Enum.find(errors, hd(errors), &(not assertion?(&1))))
  end

  defp told({:error, %ExUnit.AssertionError{message: message}, _}),
    do: {"ExUnit.AssertionError", message}

  defp told({:error, %module{} = error, _}) when is_exception(error),
    do: {inspect(module), Exception.message(error)}

  defp told({kind, reason, stack}),
    do: {kind_name(kind), Exception.format_banner(kind, reason, stack)}

  defp kind_name({:EXIT, _pid}), do: "EXIT"
  defp kind_name(kind), do: to_string(kind)

  defp text(test, failures) do
    ExUnit.Formatter.format_test_failure(test, failures, 1, :infinity, fn _key, text -> text end)
  end

  defp outcome_element(:passed), do: []

  defp outcome_element({:skipped, reason}),
    do: element("skipped", [message: to_string(reason)], [])

  defp outcome_element({tag, type, message, text}),
    do: element(Atom.to_string(tag), [type: type, message: message], [escaped(text)])

  defp element(name, attributes, children) do
    written =
      for {key, value} <- attributes, value != nil do
        [" ", Atom.to_string(key), ~s(="), attribute(value), ~s(")]
      end

    case IO.iodata_length(children) do
      0 -> ["<", name, written, "/>"]
      _ -> ["<", name, written, ">", children, "</", name, ">"]
    end
  end

  # A line break in an attribute reads as a space unless it is written as a reference.
  defp attribute(value) do
    value
    |> to_string()
    |> escaped()
    |> String.replace("\t", "&#9;")
    |> String.replace("\n", "&#10;")
  end

  defp escaped(text), do: text |> escape([]) |> IO.iodata_to_binary()

  defp escape(<<>>, done), do: Enum.reverse(done)
  defp escape(<<"&", rest::binary>>, done), do: escape(rest, ["&amp;" | done])
  defp escape(<<"<", rest::binary>>, done), do: escape(rest, ["&lt;" | done])
  defp escape(<<">", rest::binary>>, done), do: escape(rest, ["&gt;" | done])
  defp escape(<<"\"", rest::binary>>, done), do: escape(rest, ["&quot;" | done])
  defp escape(<<"\r", rest::binary>>, done), do: escape(rest, ["&#13;" | done])

  defp escape(<<c::utf8, rest::binary>>, done)
       when c in [?\t, ?\n] or c in 0x20..0xD7FF or c in 0xE000..0xFFFD or c in 0x10000..0x10FFFF,
       do: escape(rest, [<<c::utf8>> | done])

  # What XML cannot carry, or is no text at all, is made visible, so that nothing is lost.
  defp escape(<<c::utf8, rest::binary>>, done), do: escape(rest, [hex(c) | done])
  defp escape(<<byte, rest::binary>>, done), do: escape(rest, [hex(byte) | done])

  defp hex(number),
    do:
      "\\x" <>
        (number |> Integer.to_string(16) |> String.downcase() |> String.pad_leading(2, "0"))

  defp file(nil), do: nil
  defp file(path), do: Path.relative_to_cwd(path)

  defp seconds(microseconds), do: :erlang.float_to_binary(microseconds / 1_000_000, decimals: 6)
end
