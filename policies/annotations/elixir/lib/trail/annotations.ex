defmodule Trail.Annotations do
  @moduledoc """
  Checks the tags that link tests to the acceptance criteria of a work item.

      defmodule FlowTest do
        use ExUnit.Case
        use Trail.Annotations

        @tag validates: {"PROJ-1234", "AC-3"}
        test "a flow has a duration" do
          # ...
        end
      end

  The tags alone suffice: `trail` reads them from the source. `use Trail.Annotations` makes the compiler
  refuse malformed ones. Several criteria are a list, a revision is the third element:
  `[{"PROJ-1234", "AC-3", 2}, {"PROJ-1234", "AC-4"}]`.
  """

  @word "[A-Za-z0-9][A-Za-z0-9._-]*"
  @largest_revision 999_999_999

  @typedoc "A criterion of a work item: `\"AC-3\"`, or `\"AC-3@2\"` for its revision 2."
  @type claim :: {work_item :: String.t(), criterion :: String.t()}

  defmacro __using__(_options) do
    quote do
      @after_compile {Trail.Annotations, :__check_module__}
    end
  end

  @doc false
  def __check_module__(env, _bytecode) do
    for test <- env.module.__ex_unit__().tests do
      case claims(test.tags) do
        {:ok, _claims} ->
          :ok

        {:error, reason} ->
          raise CompileError,
            file: env.file,
            line: test.tags[:line] || env.line,
            description: "#{test.name}: #{reason}"
      end
    end

    :ok
  end

  @doc """
  Checks the tags of a test, or its context: `setup context, do: Trail.Annotations.check(context)`.

  Returns `:ok`, or raises an `ArgumentError` that says what to write.
  """
  @spec check(map()) :: :ok
  def check(tags) when is_map(tags) do
    case claims(tags) do
      {:ok, _claims} -> :ok
      {:error, reason} -> raise ArgumentError, reason
    end
  end

  @doc """
  Returns what the tag `validates` names, or what is wrong with it and what to write.
  """
  @spec claims(map()) :: {:ok, [claim()]} | {:error, String.t()}
  def claims(tags) when is_map(tags) do
    with {:ok, named} <- named(Map.get(tags, :validates, [])),
         {:ok, read} <- read(named) do
      {:ok, for({item, criterion, revision} <- read, do: {item, claim(criterion, revision)})}
    else
      {:error, reason} ->
        {:error, reason <> ~S[; write @tag validates: {"PROJ-1234", "AC-3"}]}
    end
  end

  defp named(one) when is_tuple(one), do: {:ok, [one]}

  defp named(many) when is_list(many) do
    case Enum.reject(many, &is_tuple/1) do
      [] -> {:ok, many}
      [other | _] -> {:error, "#{inspect(other)} names no criterion"}
    end
  end

  defp named(other), do: {:error, "#{inspect(other)} names no criterion"}

  defp read(named) do
    Enum.reduce_while(named, {:ok, []}, fn one, {:ok, before} ->
      with {:ok, read} <- read_one(one),
           :ok <- once(read, before) do
        {:cont, {:ok, before ++ [read]}}
      else
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
  end

  defp read_one({item, criterion}), do: read_one({item, criterion, nil})

  defp read_one({item, criterion, revision}) do
    with :ok <- work_item(item),
         {:ok, id, told} <- criterion(criterion),
         :ok <- revision(revision) do
      cond do
        revision == nil -> {:ok, {item, id, told}}
        told != nil -> {:error, "`#{criterion}` names its revision already"}
        true -> {:ok, {item, id, revision}}
      end
    end
  end

  defp read_one(other), do: {:error, "#{inspect(other)} names no criterion"}

  defp work_item(item) do
    if is_binary(item) and
         Regex.match?(~r"\A(?:#{@word}-[1-9][0-9]*|(?:#{@word}/#{@word})?#[1-9][0-9]*)\z", item),
       do: :ok,
       else: {:error, "`#{shown(item)}` cannot be a work item"}
  end

  defp criterion(criterion) do
    with true <- is_binary(criterion),
         [_, id | revision] <-
           Regex.run(~r/\A(AC-(?:0|[1-9][0-9]{0,3}))(?:@([1-9][0-9]{0,8}))?\z/, criterion) do
      {:ok, id, revision |> List.first() |> number()}
    else
      _ -> {:error, "`#{shown(criterion)}` cannot be a criterion"}
    end
  end

  defp number(nil), do: nil
  defp number(digits), do: String.to_integer(digits)

  defp revision(nil), do: :ok
  defp revision(number) when is_integer(number) and number in 1..@largest_revision, do: :ok
  defp revision(other), do: {:error, "`#{shown(other)}` cannot be a revision"}

  # The same criterion in two revisions cannot both be meant.
  defp once({item, criterion, _revision}, before) do
    if Enum.any?(before, &match?({^item, ^criterion, _}, &1)),
      do: {:error, "`#{criterion}` is named twice"},
      else: :ok
  end

  defp claim(criterion, nil), do: criterion
  defp claim(criterion, revision), do: "#{criterion}@#{revision}"

  defp shown(text) when is_binary(text), do: text
  defp shown(other), do: inspect(other)
end
