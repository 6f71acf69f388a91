"""What measures of an explanation share: the judged explanation, removal in its order, inputs nearby."""
