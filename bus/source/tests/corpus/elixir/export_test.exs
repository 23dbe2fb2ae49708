defmodule ExportTest do
  use ExUnit.Case
  @moduletag validates: {"X-1", "AC-1"}

  @tag validates: {"X-1", "AC-2"}
  test "exports all" do
    assert 1 == 1
  end

  describe "flows" do
    @describetag validates: {"X-1", "AC-3", 2}

    @tag validates: [{"X-1", "AC-4@3"}, {"Y-2", ["AC-1", "AC-2"]}], timeout: 5
    test "a flow", %{conn: conn} do
      assert conn
    end

    @tag :skip
    test "skipped" do
      assert 1
    end

    @tag skip: "later"
    property "also skipped" do
      assert 1
    end

    test "not yet"
  end

  # trail:validates X-1 AC-5
  @tag :slow
  test "commented", do: assert(1)

  @tag validates: @claims
  test "attribute" do
    assert 1
  end

  @tag validates: {"X-1", "AC-#{3}"}
  test "interpolated" do
    assert "# trail:validates X-1 AC-99"
  end

  @tag validates: {"X-1", "three"}
  test "malformed" do
    assert """
    # trail:validates X-1 AC-99
    """
  end

  @doc "Exports."
  # trail:implements X-1 AC-6
  def export(report) when report > 1, do: report

  # trail:implements X-1 AC-7
  defp helper, do: 1
end
